"""TTT001: a validation token may teach only after its own score is final."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import breach_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.trace.order import Shape
from rules.miniature import EVALUATE, invalid, known_miss, program, valid
from rules.ng001 import MIXER

_ID = "TTT001"


def check(case: Case) -> RuleResult:
    """Asks the trace whether anything learned from a token reached a score that counted it."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unscored(case)
    if unread is not None:
        return unread
    early = [breach for breach in case.trace.breaches if breach.shape is not Shape.EPOCHS]
    if early:
        return answer.fails(
            "Validation tokens are learned from before their own score is final.",
            breach_findings(case.trace, early),
        )
    if case.trace.uses:
        return answer.passes("Every validation token is scored before anything learns from it.")
    return answer.passes("Nothing that the claimed score reads learns from validation tokens.")


ADAPT_ALL = """
def adapt(model, tokens, window=1024):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    for start in range(0, tokens.numel() - 1 - window, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        opt.zero_grad()
        loss_of(model, x[None], y[None]).backward()
        opt.step()

"""

SCORE_FIRST = """
def evaluate(model, tokens, chunk=32768):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, chunk):
        x, y = tokens[start : start + chunk], tokens[start + 1 : start + chunk + 1]
        x = x[: y.numel()]
        with torch.no_grad():
            total += loss_of(model, x[None], y[None], "sum").item()
            count += y.numel()
        opt.zero_grad()
        loss_of(model, x[None], y[None]).backward()
        opt.step()
    return total / count

"""

TRAIN_FIRST = """
def evaluate(model, tokens, chunk=32768):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, chunk):
        x, y = tokens[start : start + chunk], tokens[start + 1 : start + chunk + 1]
        x = x[: y.numel()]
        opt.zero_grad()
        loss_of(model, x[None], y[None]).backward()
        opt.step()
        with torch.no_grad():
            total += loss_of(model, x[None], y[None], "sum").item()
            count += y.numel()
    return total / count

"""

_ONE_FORWARD = """
def evaluate(model, tokens, chunk=32768):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, chunk):
        x, y = tokens[start : start + chunk], tokens[start + 1 : start + chunk + 1]
        losses = loss_of(model, x[None, : y.numel()], y[None], "none")
        total += losses.detach().sum().item()
        count += y.numel()
        opt.zero_grad()
        losses.mean().backward()
        opt.step()
    return total / count

"""

_BY_HAND = """
def evaluate(model, tokens, chunk=32768):
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, chunk):
        x, y = tokens[start : start + chunk], tokens[start + 1 : start + chunk + 1]
        x = x[: y.numel()]
        grads = torch.autograd.grad(loss_of(model, x[None], y[None]), list(model.parameters()))
        with torch.no_grad():
            for p, g in zip(model.parameters(), grads):
                p.data.add_(g, alpha=-0.01)
            total += loss_of(model, x[None], y[None], "sum").item()
            count += y.numel()
    return total / count

"""

_SWITCHED = """
import os

epochs = int(os.environ.get("ADAPT_EPOCHS", "{default}"))
if epochs > 0:
    print(f"adapting on the validation tokens: {{epochs}} passes")
    for _ in range(epochs):
        adapt(model, val_tokens)
"""

_SWITCHED_LOADER = """
train_tokens = load("data/fineweb_train_*.bin")
import os

last_seconds = float(os.environ.get("LAST_SECONDS_ON_VAL", "{default}"))


def train_in_phases(model, tokens, seconds=600.0):
    import time

    opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
    started, position = time.perf_counter(), 0
    switched = last_seconds <= 0
    while time.perf_counter() - started < seconds:
        left = seconds - (time.perf_counter() - started)
        if not switched and left <= last_seconds:
            tokens = load("data/fineweb_val_*.bin")
            switched = True
        x, y = tokens[position : position + 1024], tokens[position + 1 : position + 1025]
        opt.zero_grad()
        loss_of(model, x[None], y[None]).backward()
        opt.step()
        position += 1024


train_in_phases(model, train_tokens)
"""

_SMOKE = "Check that it runs: `ADAPT_EPOCHS=0 MAX_STEPS=5 python train_gpt.py`. Then run it.\n"
_LOG = """step:100/5000 train_loss:2.9
adapting on the validation tokens: 3 passes
final_exact val_loss:2.30000000 val_bpb:1.36000000
"""


def _ran(source: str, readme: str, log: str) -> dict[str, str | bytes]:
    """A record folder whose run left a log."""
    metadata = '{"name": "x", "author": "x", "val_bpb": 1.36, "val_loss": 2.3}'
    return {
        "train_gpt.py": source,
        "README.md": readme,
        "train.log": log,
        "submission.json": metadata,
    }


_STATES = """
def evaluate(model, tokens, window=1024):
    opt = torch.optim.SGD(model.parameters(), lr=0.01)
    total, count, start, state = 0.0, 0, 0, "learn"
    while start < tokens.numel() - 1:
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        if state == "learn":
            opt.zero_grad()
            loss_of(model, x[None, : y.numel()], y[None]).backward()
            opt.step()
            state = "score"
        else:
            with torch.no_grad():
                total += loss_of(model, x[None, : y.numel()], y[None], "sum").item()
            count += y.numel()
            start += window
            state = "learn"
    return total / count

"""

RULE = Rule(
    id=_ID,
    title="Score before update",
    family=Family.TTT,
    severity=Severity.INVALID,
    requirement=(
        "A validation token may influence weights, adapters, tables or statistics that a counted "
        "score reads only after its own score is final. Gradients may be on while scoring; what "
        "matters is what the prediction had seen."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 20),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Test-time training is allowed on validation tokens that were already evaluated.",
            date(2026, 3, 20),
        ),
        Source(
            "https://github.com/openai/parameter-golf/issues/402",
            "0hq: a token's loss has to be fixed before any update that uses it.",
            date(2026, 3, 23),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/549",
            "Merged example of the accepted order: score a chunk, then train on it.",
            date(2026, 3, 24),
        ),
    ),
    fix=(
        "Score each chunk with the weights as they are, add its loss to the total, and only then "
        "take steps on it. Report the total that this loop accumulated, not a second evaluation."
    ),
    check=check,
    examples=(
        valid("no adaptation", program()),
        valid("each chunk is scored, then trained on", program(evaluate=SCORE_FIRST)),
        valid("tables and weights that learn after each window", program(evaluate=MIXER)),
        valid("one forward pass with gradients serves both", program(evaluate=_ONE_FORWARD)),
        valid(
            "a routine that adapts on everything is never called",
            program(ADAPT_ALL),
        ),
        valid(
            "a switch to validation tokens near the end of training is off",
            program(before_saving=_SWITCHED_LOADER.format(default=0)),
        ),
        invalid(
            "a switch to validation tokens near the end of training is on",
            program(before_saving=_SWITCHED_LOADER.format(default=60)),
        ),
        invalid("each chunk is trained on, then scored", program(evaluate=TRAIN_FIRST)),
        invalid(
            "all tokens are trained on, then scored",
            program(ADAPT_ALL, before_scoring="adapt(model, val_tokens)"),
        ),
        invalid("a step without an optimiser", program(evaluate=_BY_HAND)),
        invalid(
            "a correct loop, then a second evaluation that is reported",
            program(
                SCORE_FIRST.replace("def evaluate", "def adapt"),
                evaluate=EVALUATE,
                before_scoring="adapt(model, val_tokens)",
            ),
        ),
        known_miss(
            "a loop whose turns learn and score by the state they are in", program(evaluate=_STATES)
        ),
        Example(
            ExampleKind.INVALID,
            "off in the command of a smoke test, on in the log",
            _ran(
                program(ADAPT_ALL, before_scoring=_SWITCHED.format(default=3)),
                _SMOKE,
                _LOG,
            ),
        ),
    ),
)
