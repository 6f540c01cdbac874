"""TTT006: what is scored document by document carries nothing across their borders."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import node_finding
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from rules.miniature import invalid, program, valid

_ID = "TTT006"


def check(case: Case) -> RuleResult:
    """Asks the trace for gates that read the entry before, across documents kept apart."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    crossed = case.trace.crossings
    if not crossed:
        return answer.passes("Nothing was found that crosses documents kept apart in attention.")
    findings = [
        node_finding("the entry before is mixed in across a document's border", crossing.node)
        for crossing in crossed
    ]
    if any(crossing.scored for crossing in crossed):
        return answer.fails(
            "Documents are kept apart in attention, and a gate carries activations from the end of "
            "one into the next.",
            findings,
        )
    return answer.needs_ruling(
        "The weights were trained on packed documents, with a gate that reads across borders.",
        findings,
        strict="A model that mixes in the position before is masked at every document's start in "
        "all of its forward passes.",
        lenient="The forward pass behind the claimed score keeps documents in rows of their own, "
        "where there is nothing to read across.",
    )


_CAUSAL = "F.scaled_dot_product_attention(q, k, v, is_causal=True)"
_APART = "flash_attn_varlen_func(q, k, v, cu_seqlens_q=cu, cu_seqlens_k=cu, causal=True)"


def _packed(shift: str) -> str:
    """The scaffold with documents packed into rows and kept apart in attention."""
    return (
        program()
        .replace(
            "import torch\n", "import torch\nfrom flash_attn import flash_attn_varlen_func\n", 1
        )
        .replace(_CAUSAL, _APART)
        .replace(
            "        q, k, v =",
            f"        cu = (x == 1).flatten().nonzero()\n{shift}        q, k, v =",
        )
    )


_UNMASKED = "        h = torch.cat([h[:, :1], h[:, 1:] + 0.5 * h[:, :-1]], dim=1)\n"
_MASKED = (
    "        inside = (x[:, 1:] != 1).to(h.dtype).unsqueeze(-1)\n"
    "        h = torch.cat([h[:, :1], h[:, 1:] + 0.5 * h[:, :-1] * inside], dim=1)\n"
)

RULE = Rule(
    id=_ID,
    title="Nothing carried across isolated documents",
    family=Family.TTT,
    severity=Severity.INVALID,
    requirement=(
        "Where the evaluation keeps documents apart, a gate that mixes in the position before is "
        "masked at the first token of every document, in the plain and the adapting forward pass. "
        "An evaluation over the plain stream may look back across documents."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 4, 25),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/1797",
            "A token shift leaked across documents in a packed evaluation; fixed in later entries.",
            date(2026, 4, 25),
        ),
    ),
    fix="Multiply what is carried over by a mask that is zero at each document's first token.",
    check=check,
    examples=(
        valid(
            "a shift over the plain stream",
            program().replace("        q, k, v =", f"{_UNMASKED}        q, k, v ="),
        ),
        valid("masked at the first token of a document", _packed(_MASKED)),
        invalid("a shift across packed documents", _packed(_UNMASKED)),
    ),
)
