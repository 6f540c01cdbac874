"""DATA005: what the model learned comes from the challenge's own training text."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import node_finding
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.graph import Node
from rules.miniature import program, valid

_ID = "DATA005"
_BROUGHT = ("from_pretrained", "load_dataset", "torch.hub.load", "load_from_hub", "hf_hub_download")
"""Calls that bring weights or text of another origin."""


def check(case: Case) -> RuleResult:
    """Asks the trace for weights and text of another origin behind the claimed score."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    brought = [node for node in _behind(case) if _is_brought(node)]
    if brought:
        return answer.needs_ruling(
            "Weights or text of another origin than the challenge's training shards take part.",
            [node_finding("brought in from elsewhere here", node) for node in brought[:8]],
            strict="Ten minutes on eight accelerators are all the training that counts.",
            lenient="No rule bans other text, and what the artifact holds is paid for in bytes.",
        )
    return answer.passes("Nothing behind the score comes from another corpus or model.")


def _behind(case: Case) -> list[Node]:
    return [] if case.trace.cone is None else case.trace.cone.nodes


def _is_brought(node: Node) -> bool:
    name = f"{node.op} {node.data}" if isinstance(node.data, str) else node.op
    return any(call in name for call in _BROUGHT)


_SHARDS = 'load("data/fineweb_train_*.bin")'

RULE = Rule(
    id=_ID,
    title="Trained on the challenge's own text",
    family=Family.DATA,
    severity=Severity.INVALID,
    requirement=(
        "Training uses shards of the official export. Other text and pre-trained weights have "
        "neither been banned nor accepted; they are for the organisers to judge."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Train within ten minutes on eight H100; external compute is against the spirit.",
            date(2026, 3, 18),
        ),
    ),
    fix="Train from a fresh initialisation on the official shards.",
    check=check,
    examples=(
        valid("official shards", program()),
        valid(
            "text of another corpus: left to a ruling",
            program("import datasets\n").replace(
                _SHARDS, 'torch.tensor(datasets.load_dataset("other")["train"]["ids"])'
            ),
        ),
        valid(
            "weights of another model: left to a ruling",
            program("import transformers\n").replace(
                "model = GPT()", 'model = transformers.AutoModelForCausalLM.from_pretrained("x")'
            ),
        ),
    ),
)
