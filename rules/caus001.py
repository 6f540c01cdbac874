"""CAUS001: a prediction sees only tokens before its target."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import leak_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from rules.miniature import EVALUATE, invalid, known_miss, program, valid

_ID = "CAUS001"


def check(case: Case) -> RuleResult:
    """Asks the trace how far ahead the hidden values behind the claimed scores can see."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    leaks = case.trace.leaks
    if leaks:
        whole = any(leak.ahead is None for leak in leaks)
        return answer.fails(
            "Every prediction sees the whole window, its own target included."
            if whole
            else "A prediction is made from its own target or from tokens after it.",
            leak_findings(case.trace, leaks),
        )
    return answer.passes("No way was found from a target, or from later tokens, to its prediction.")


_ATTENTION = "F.scaled_dot_product_attention(q, k, v, is_causal=True)"
_MANUAL = """
        scores = q @ k.transpose(-2, -1) / q.size(-1) ** 0.5
        {mask}
        h = h + scores.softmax(dim=-1) @ v
"""
_BLOCK = f"        h = h + {_ATTENTION}\n"


def _model(block: str) -> str:
    """The scaffold with another step between the embedding and the head."""
    return program().replace(_BLOCK, block)


def _attending(call: str) -> str:
    return program().replace(_ATTENTION, call)


_ONTO_ITSELF = EVALUATE.replace(
    "tokens[start + 1 : start + window + 1]", "tokens[start : start + window]"
)

_NORM = "        self.norm = torch.nn.LayerNorm(dim)\n"
_CONVOLVED = _model(
    _BLOCK + "        h = h + self.mix(h.transpose(1, 2)).transpose(1, 2)\n"
).replace(_NORM, _NORM + "        self.mix = torch.nn.Conv1d(dim, dim, 3, padding=1)\n")

RULE = Rule(
    id=_ID,
    title="Predictions see only what comes before",
    family=Family.CAUS,
    severity=Severity.INVALID,
    requirement=(
        "The forward pass at a position depends on tokens before it and on the artifact: no "
        "attention without a causal mask, no statistic over the time axis, no features made of the "
        "target."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 27),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/issues/677",
            "A valid score comes from a distribution that depends on the prefix only.",
            date(2026, 3, 27),
        ),
        Source(
            "https://github.com/openai/parameter-golf/issues/1017",
            "Community checklist whose first criterion is strict causal dependence.",
            date(2026, 3, 28),
        ),
    ),
    fix=(
        "Mask attention causally, replace statistics over the window by running ones, and make "
        "features from tokens up to the one before the target."
    ),
    check=check,
    examples=(
        valid("causal attention", program()),
        valid(
            "attention written out, with a mask",
            _model(
                _MANUAL.format(
                    mask="mask = torch.ones(x.size(1), x.size(1)).tril().bool()\n"
                    '        scores = scores.masked_fill(~mask, float("-inf"))'
                )
            ),
        ),
        valid(
            "a shift that mixes in the token before",
            _model(
                "        h = torch.cat([h[:, :1], h[:, 1:] + 0.5 * h[:, :-1]], dim=1)\n" + _BLOCK
            ),
        ),
        valid(
            "a running mean",
            _model(
                _BLOCK + "        steps = torch.arange(1, x.size(1) + 1)[None, :, None]\n"
                "        h = h + h.cumsum(dim=1) / steps\n"
            ),
        ),
        invalid("attention without a mask", _attending("F.scaled_dot_product_attention(q, k, v)")),
        invalid(
            "a mask that is switched off",
            _attending("F.scaled_dot_product_attention(q, k, v, is_causal=False)"),
        ),
        invalid("attention written out, without a mask", _model(_MANUAL.format(mask=""))),
        invalid(
            "a mean over the window",
            _model(_BLOCK + "        h = h + h.mean(dim=1, keepdim=True)\n"),
        ),
        invalid(
            "a shift that mixes in the token after",
            _model(_BLOCK + "        h = torch.cat([h[:, :-1] + h[:, 1:], h[:, -1:]], dim=1)\n"),
        ),
        invalid("predicted from itself", program(evaluate=_ONTO_ITSELF)),
        invalid(
            "a second reading from right to left",
            _model(_BLOCK + "        h = h + h.flip(1).cumsum(dim=1).flip(1)\n"),
        ),
        known_miss("a convolution that is padded on both sides", _CONVOLVED),
    ),
)
