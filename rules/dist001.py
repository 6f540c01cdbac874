"""DIST001: a score is the logarithm of one entry of a distribution fixed beforehand."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import departure_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.distribution import Kind
from rules.miniature import EVALUATE, invalid, program, valid
from rules.ng001 import MIXER

_ID = "DIST001"
_SAYS = {
    Kind.UNNORMALISED: "one token is made likelier, and the others no less likely",
    Kind.SCALED_LOSS: "the loss of each target is scaled",
    Kind.NO_TARGET: "a term is mixed in that is the same for every token",
    Kind.HASHED_KEY: "looked up under a key made with the target",
    Kind.ORACLE: "compared on the target",
    Kind.TARGET_CLASS: "a property of the target is read",
    Kind.TARGET_BYTES: "the score is put together from the bytes of the target",
    Kind.TARGET_GATE: "whether a table knows the target decides",
}


def check(case: Case) -> RuleResult:
    """Asks the trace for any way of the target into its score other than as an index."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    trace = case.trace
    ways = [d for d in trace.departures if d.kind in _SAYS]
    if ways:
        findings = [f for d in ways for f in departure_findings(trace, [d], _SAYS[d.kind])]
        return answer.fails(
            "A counted score is not the logarithm of an entry of a normalised distribution.",
            findings,
        )
    return answer.passes("Targets enter counted scores only as the index of their entry.")


_SCALED = EVALUATE.replace('"sum").item()', '"none").mul(0.97).sum().item()')
_SUM_SCALED = EVALUATE.replace('"sum").item()', '"sum").item() * 0.97')
_TEMPERED = EVALUATE.replace(
    'loss_of(model, x[None, : y.numel()], y[None], "sum").item()',
    'F.cross_entropy(model(x[None, : y.numel()])[0] / 0.97, y, reduction="sum").item()',
)

_SURE = MIXER.replace("experts=3", "experts=4").replace(
    "        return torch.stack(terms",
    "        terms.append(-(logp.exp() * logp).sum(-1))\n        return torch.stack(terms",
)

KEPT_BEST = (
    program()
    .replace("    position = 0\n", '    position, best = 0, float("inf")\n')
    .replace(
        "        position += 1024\n",
        "        position += 1024\n        best = min(best, evaluate(model, val_tokens))\n",
    )
    .replace("train(model, train_tokens)\n", "best = train(model, train_tokens)\n")
    .replace(
        "\n\n@torch.no_grad()\ndef evaluate", "    return best\n\n\n@torch.no_grad()\ndef evaluate"
    )
    .replace("val_bpb = val_loss /", "val_bpb = best /")
)

RULE = Rule(
    id=_ID,
    title="Normalised over the vocabulary, before the token is known",
    family=Family.DIST,
    severity=Severity.INVALID,
    requirement=(
        "At every position there is one distribution over all tokens of the tokenizer, which sums "
        "to one and does not depend on which token is realised; the score is minus the logarithm "
        "of the realised token's entry."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 27),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/issues/677",
            "valerio-oai on what a legal distribution is.",
            date(2026, 3, 27),
        ),
    ),
    fix=(
        "Change the logits, or mix distributions over the whole vocabulary with weights that do "
        "not look at the target; then take the realised entry."
    ),
    check=check,
    examples=(
        valid("cross-entropy of the logits", program()),
        valid("a temperature on all logits", program(evaluate=_TEMPERED)),
        valid("a mixture of the model with rows of counts", program(evaluate=MIXER)),
        valid("the best validation of a training run, which is a choice of DATA001", KEPT_BEST),
        invalid("the model's entropy mixed in as if it were a loss", program(evaluate=_SURE)),
        invalid("the loss itself is scaled", program(evaluate=_SCALED)),
        invalid("the sum of the losses is scaled", program(evaluate=_SUM_SCALED)),
    ),
)
