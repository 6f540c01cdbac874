from __future__ import annotations

from auditor.audit import read_case
from auditor.deep import deeply
from auditor.provenance.silent import Silence, silence
from auditor.ruleset import load_ruleset
from auditor.texts import TextLines
from rules.miniature import program
from tests.memory import submission_of

WORDS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot")
ALWAYS = "\n".join(f'print(f"{word}_phase: {{len(val_tokens)}} tokens")' for word in WORDS)
SOMETIMES = 'if val_tokens.numel() > 5:\n    print(f"perhaps_phase: {len(val_tokens)}")'


def silent(log: str) -> Silence:
    script = program(before_saving=f"{ALWAYS}\n{SOMETIMES}\n")
    submission = submission_of({"train_gpt.py": script})
    trace = deeply(lambda: read_case(submission, load_ruleset()).trace)
    assert trace.claimed is not None
    lines = TextLines("a.log", tuple(enumerate(log.split("\n"), start=1)))
    return silence(trace.reports, trace.claimed.event.seq, lines)


RESULT = "final_exact val_loss:1.8 val_bpb:1.1"


def test_a_full_log_lacks_nothing() -> None:
    log = "\n".join([*(f"{word}_phase: 7 tokens" for word in WORDS), RESULT])
    found = silent(log)
    assert found.missing == ()
    assert found.always >= len(WORDS)


def test_an_excerpt_lacks_what_is_always_printed_and_only_that() -> None:
    found = silent(RESULT)
    assert len(found.missing) == len(WORDS)
    assert not any("perhaps" in head for head in found.missing)
    assert found.is_excerpt
    assert len(found.statements) == len(found.missing)
