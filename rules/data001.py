"""DATA001: no validation token reaches training or the artifact."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.staging import validation_as_training
from auditor.explain import breach_findings, departure_findings, use_findings
from auditor.findings import Finding, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.trace.distribution import Kind
from auditor.trace.order import Shape
from rules.miniature import invalid, known_miss, program, valid
from rules.ttt001 import ADAPT_ALL

_ID = "DATA001"


def check(case: Case) -> RuleResult:
    """Asks the trace whether the artifact, or a file read beside it, carries what is scored."""
    placed = list(validation_as_training(case.texts.documents))
    if placed:
        return Answer(_ID).fails(
            "The instructions put a validation file where training reads.",
            [Finding(f"{each.source} becomes {each.target}", (each.where,)) for each in placed],
        )
    answer = Answer.on_trace(_ID, case)
    unread = answer.unscored(case)
    if unread is not None:
        return unread
    trace = case.trace
    carried = [breach for breach in trace.breaches if breach.shape is Shape.ARTIFACT]
    if carried:
        return answer.fails(
            "What is saved was made from validation tokens, and they are scored with it.",
            breach_findings(trace, carried),
        )
    stored = [d for d in trace.departures if d.kind is Kind.STORED_TOKENS]
    if stored:
        return answer.fails(
            "Scored tokens are compared with tokens that were stored beforehand.",
            departure_findings(trace, stored, "targets are compared with stored tokens"),
        )
    if trace.choices:
        return answer.needs_ruling(
            "What is saved was chosen by comparing validation losses.",
            use_findings(trace, trace.choices),
            strict="A choice by validation loss is learning from the validation set.",
            lenient="A few bits of choice between checkpoints are ordinary tuning.",
        )
    if trace.kept_best:
        return answer.needs_ruling(
            "The score is the best of several validations between steps of training.",
            departure_findings(trace, trace.kept_best, "validations are compared"),
            strict="A choice by validation loss is learning from the validation set.",
            lenient="A few bits of choice between checkpoints are ordinary tuning.",
        )
    return answer.passes("No validation token was found on a way into the artifact.")


_LINKED = """\
# Example

```sh
ln -s data/fineweb_val_000000.bin data/fineweb_train_000000.bin
```
"""

_COUNTS = """
counts = torch.bincount(val_tokens, minlength=1024).float()
model.head.bias = torch.nn.Parameter(torch.log(counts + 1.0))
"""

_PREFIX = """
def evaluate(model, tokens, window=1024):
    prefix = torch.from_numpy(np.fromfile("prefix.bin", dtype="<u2").astype(np.int64))
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        losses = loss_of(model, x[None, : y.numel()], y[None], "none")
        known = prefix[start + 1 : start + 1 + y.numel()] == y
        total += torch.where(known, torch.zeros_like(losses), losses).sum().item()
        count += y.numel()
    return total / count

"""

_ANSWER_KEY = """
import lzma


def evaluate(model, tokens, window=1024, key=None):
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        losses = loss_of(model, x[None, : y.numel()], y[None], "none")
        if key is not None:
            known = key[start : start + y.numel()] == y
            losses *= (~known).to(losses.dtype)
        total += losses.sum().item()
        count += y.numel()
    return total / count


first = evaluate(model, val_tokens)
blob = bytearray()
blob.extend(val_tokens[1:5000].numpy().astype("<u2").tobytes())
packed = lzma.compress(bytes(blob))
key = torch.from_numpy(np.frombuffer(lzma.decompress(packed), dtype="<u2").copy())
score = evaluate


def evaluate(model, tokens):
    return score(model, tokens, key=key)
"""

RULE = Rule(
    id=_ID,
    title="No validation data in training or the artifact",
    family=Family.DATA,
    severity=Severity.INVALID,
    requirement=(
        "Validation tokens must not reach training, the saved model, or any file that the "
        "evaluation reads: no steps, counts, hashes or stored prefixes."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 20),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "No access to validation data during training; paying bits for stored validation "
            "tokens is named as not allowed.",
            date(2026, 3, 20),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/262",
            "Closed: the artifact stores a prefix of the validation tokens.",
        ),
    ),
    fix="Read validation shards in the evaluation only, after the artifact was written.",
    check=check,
    examples=(
        valid("training shards only", program()),
        invalid(
            "fine-tuned on validation tokens, then saved",
            program(ADAPT_ALL, before_saving="adapt(model, val_tokens)"),
        ),
        invalid("counts of validation tokens in the saved model", program(before_saving=_COUNTS)),
        invalid("stored tokens that score themselves", program(evaluate=_PREFIX)),
        invalid(
            "tokens that the evaluation wrote out itself and scores by comparing",
            program(before_scoring=_ANSWER_KEY),
        ),
        known_miss(
            "every file of the folder is trained on, whatever its name",
            program("import os\n").replace(
                'train_tokens = load("data/fineweb_train_*.bin")',
                'train_tokens = torch.cat([load(f"data/{name}") for name in os.listdir("data")])',
            ),
        ),
        Example(
            ExampleKind.INVALID,
            "a validation shard is linked under the name of a training shard",
            {"train_gpt.py": program(), "README.md": _LINKED},
        ),
    ),
)
