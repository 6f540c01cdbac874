"""REP004: what is stated of the model is what the code and the logs have."""

from __future__ import annotations

import json
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.metadata import read_metadata
from auditor.findings import Confidence, Finding, RuleResult
from auditor.provenance.configuration import (
    Contradicted,
    activation_contradicted,
    contradicted,
)
from auditor.provenance.evidence import claimed_logs
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.settings import script_started
from rules.miniature import program

_ID = "REP004"
#: One stale figure is an oversight; several describe another model.
_SEVERAL = 3


def check(case: Case) -> RuleResult:
    """Compares the JSON's description of the model with switches, first loss and code."""
    answer = Answer(_ID)
    document = read_metadata(case.submission)
    file = case.submission.metadata
    if document is None or file is None:
        return answer.not_applicable("There is no JSON that describes the model.")
    if not case.trace.modules:
        return answer.not_applicable("There is no code to compare the description with.")
    logs, _ = claimed_logs(case)
    found = [
        *contradicted(
            document,
            file,
            case.trace.settings,
            logs,
            commanded=script_started(case.texts.documents) is not None,
        ),
        *activation_contradicted(document, file, case.trace.modules),
    ]
    if not found:
        return Answer(_ID, Confidence.MEDIUM).passes(
            "Nothing that the JSON says of the model is contradicted."
        )
    findings = [_finding(each) for each in found]
    what = ", ".join(dict.fromkeys(each.what for each in found))
    if len({each.what for each in found}) >= _SEVERAL and any(each.shown for each in found):
        return answer.fails(f"The JSON describes another model: {what}.", findings)
    return Answer(_ID, Confidence.MEDIUM).needs_ruling(
        f"The JSON and the code disagree about {what}.",
        findings,
        strict="The submission describes a model that it did not run.",
        lenient="The description is out of date, and the score is that of the code.",
    )


def _finding(each: Contradicted) -> Finding:
    places = (each.claim,) if each.evidence is None else (each.claim, each.evidence)
    return Finding(f"{each.what} is stated as {each.stated}; {each.found}", places)


_SWITCHES = """
import os

NUM_LAYERS = int(os.environ.get("NUM_LAYERS", 9))
VOCAB_SIZE = int(os.environ.get("VOCAB_SIZE", 1024))
TIE_EMBEDDINGS = bool(int(os.environ.get("TIE_EMBEDDINGS", "1")))

"""


def _example(
    kind: ExampleKind, title: str, layers: int, vocab: int, *, tied: bool = True
) -> Example:
    claim = {
        "name": "Example",
        "github_id": "someone",
        "val_bpb": 1.1234,
        "architecture": {"num_layers": layers, "vocab_size": vocab, "tie_embeddings": tied},
    }
    log = (
        "step:0/9000 val_loss:6.9360 val_bpb:4.1078 train_time:0ms\n"
        "final_exact val_loss:1.89680000 val_bpb:1.12340000\n"
    )
    files = {
        "train_gpt.py": program(_SWITCHES),
        "submission.json": json.dumps(claim, indent=2),
        "run.sh": "torchrun --nproc_per_node=8 train_gpt.py\n",
        "train.log": log,
    }
    return Example(kind, title, files)


RULE = Rule(
    id=_ID,
    title="The described model is the one that ran",
    family=Family.REP,
    severity=Severity.UNGRADABLE,
    requirement=(
        "Depth, width, vocabulary, tied embeddings and other switches that a submission states are "
        "those of its code under its run command and of its logs. A model starts near the "
        "logarithm of its vocabulary, whatever is said about it."
    ),
    authority=Authority.INFERENCE,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/861",
            "States a vocabulary, embeddings and a depth of attention that its code does not have.",
        ),
    ),
    fix="State what the run command, the code's defaults and the log say.",
    check=check,
    examples=(
        _example(ExampleKind.VALID, "the description fits", 9, 1024),
        _example(ExampleKind.VALID, "one stale figure is a question", 11, 1024),
        _example(ExampleKind.INVALID, "another model is described", 11, 256, tied=False),
    ),
)
