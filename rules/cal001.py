"""CAL001: a quantiser reads training tokens inside the ten minutes of training."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.attribution import attribute
from auditor.evidence.clocks import calibration_after
from auditor.explain import late_read_findings
from auditor.facts import Quantity
from auditor.findings import RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from rules.miniature import invalid, program, valid

_ID = "CAL001"
#: The clock is looked at between steps: a limit this close to the end sets nothing aside.
_NO_RESERVE = 0.05
#: A reserve below this leaves no room for reading anything.
_TOKEN_RESERVE = 1.0
#: Accepted rows read for up to seven seconds past the ten minutes, none for longer than this.
_MOST_ACCEPTED = 10.0


def check(case: Case) -> RuleResult:
    """Compares when training stops with what is read of the training set afterwards."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    trace = case.trace
    late = [read for read in trace.late_reads if not read.evaluating]
    end = trace.deadline
    limit = case.ruleset.limits.train_seconds
    reserve = 0.0 if end is None else limit - end.seconds
    if trace.late_steps and reserve <= _NO_RESERVE and not late:
        return answer.needs_ruling(
            "Training runs to its limit, and further steps on training tokens follow it.",
            late_read_findings(trace, trace.late_steps),
            strict="Steps after the clock are training, for which the ten minutes are over.",
            lenient="Code with a short burst over its last batches was once called valid.",
        )
    if not late or end is None:
        return answer.passes("No training tokens were found to be read after training.")
    findings = late_read_findings(trace, late)
    if reserve <= _NO_RESERVE:
        return answer.fails(
            f"Training runs to its limit of {end.seconds:,.0f} s, and training tokens are read "
            "afterwards to make the artifact.",
            findings,
        )
    seconds = _logged(case)
    if seconds is not None and seconds - reserve > _MOST_ACCEPTED:
        return answer.fails(
            f"Training stops {reserve:,.1f} s before its limit, and the logs show {seconds:,.1f} s "
            "of reading training tokens afterwards to make the artifact.",
            findings,
        )
    if (seconds is not None and seconds > reserve) or (
        seconds is None and reserve < _TOKEN_RESERVE
    ):
        took = "" if seconds is None else f" The logs show {seconds:,.1f} s of it."
        return answer.needs_ruling(
            f"Training stops {reserve:,.1f} s before its limit, and training tokens are read "
            f"afterwards to make the artifact.{took}",
            findings,
            strict="Reading training tokens belongs to the ten minutes of training, to the last "
            "second.",
            lenient="Accepted rows set a token reserve aside and read for a few seconds more.",
        )
    return answer.passes(
        f"Training tokens are read after training, within a reserve of {reserve:,.1f} s."
    )


def _logged(case: Case) -> float | None:
    """The longest calibration after the clock that a claimed run logged, in seconds."""
    seconds = [
        fact.number
        for run in attribute(case.facts).runs_with(Quantity.CALIBRATION_SECONDS)
        if run.train_clock is not None
        for fact in calibration_after(run, run.train_clock)
        if fact.quantity is Quantity.CALIBRATION_SECONDS
    ]
    return max(seconds, default=None)


COLLECT = '''
@torch.no_grad()
def second_moments(model, batches):
    """The inputs of the head, as a quantiser wants them."""
    moments = {}

    def hook(module, inputs, output):
        x = inputs[0].reshape(-1, inputs[0].shape[-1])
        moments["head"] = moments.get("head", 0) + x.T @ x

    handle = model.head.register_forward_hook(hook)
    for batch in batches:
        model(batch)
    handle.remove()
    return moments


def quantise(model, moments):
    scale = moments["head"].diagonal().sqrt().clamp(min=1e-6)
    weight = model.head.weight
    rounded = torch.round(weight * scale / 0.1) * 0.1 / scale
    model.head.weight.data.copy_(rounded)

'''
FROM_TRAINING = """
moments = second_moments(model, [train_tokens[i * 1024 : i * 1024 + 1024][None] for i in range(16)])
quantise(model, moments)
"""
MORE_STEPS = """
opt = torch.optim.AdamW(model.parameters(), lr=5e-4)
for epoch in range(6):
    for start in range(0, 65536, 1024):
        x, y = train_tokens[start : start + 1024], train_tokens[start + 1 : start + 1025]
        opt.zero_grad()
        loss_of(model, x[None], y[None]).backward()
        opt.step()
"""
SECOND_PHASE = "train(model, train_tokens, 90.0)"
FROM_ITSELF = """
batch = torch.randint(0, 1024, (16, 1024))
for position in range(1, 64):
    batch[:, position] = torch.multinomial(model(batch)[:, position - 1].softmax(-1), 1)[:, 0]
quantise(model, second_moments(model, [batch]))
"""


def _program(before_saving: str, seconds: float = 600.0) -> str:
    source = program(COLLECT, before_saving=before_saving)
    return source.replace("seconds=600.0", f"seconds={seconds}")


_CLAIM = '{"val_bpb": 1.1234, "val_loss": 1.8968, "seeds": [42]}\n'


def _logged_run(kind: ExampleKind, title: str, *, stop: float, calibration: float) -> Example:
    """A run whose log says when training stopped, and how long the calibration took after it."""
    log = (
        f"seed:42\nstopping_early: wallclock_cap train_time:{stop * 1000:.0f}ms step:7000/20000\n"
        f"gptq:hessians collected layers=68 time={calibration}s\n"
        "final_exact val_loss:1.89680000 val_bpb:1.12340000\n"
    )
    source = _program(FROM_TRAINING, stop)
    files = {"train_gpt.py": source, "submission.json": _CLAIM, "train_seed42.log": log}
    return Example(kind, title, files)


RULE = Rule(
    id=_ID,
    title="Calibration on training tokens inside the training time",
    family=Family.CAL,
    severity=Severity.INVALID,
    requirement=(
        "Statistics that a quantiser collects from training tokens belong to the ten minutes of "
        "training: training has to stop early enough for both together."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 24),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/529",
            "Closed: training used its whole time, and calibration read training shards after it.",
            date(2026, 3, 24),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1413",
            "Merged with twelve seconds set aside for calibration.",
        ),
    ),
    fix=(
        "Stop training early by as much as calibration takes, or calibrate on text that the model "
        "generates itself."
    ),
    check=check,
    examples=(
        valid("no calibration", program()),
        valid("a reserve of fourteen seconds", _program(FROM_TRAINING, 586.0)),
        valid("text that the model generates", _program(FROM_ITSELF)),
        _logged_run(
            ExampleKind.VALID,
            "a second more than the reserve is a question, not a failure",
            stop=588.0,
            calibration=13.1,
        ),
        invalid("training to the limit, then calibration", _program(FROM_TRAINING)),
        valid("further steps after the clock are a question", _program(MORE_STEPS)),
        valid("a second phase with a clock of its own", _program(SECOND_PHASE, 500.0)),
        _logged_run(
            ExampleKind.INVALID,
            "a reserve, and a calibration of several times its length",
            stop=585.0,
            calibration=37.5,
        ),
    ),
)
