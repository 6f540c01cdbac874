"""ART003: the scored model is rebuilt from the artifact alone."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import node_finding, reported
from auditor.findings import Finding, RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.artifact import Carried
from auditor.trace.claimed import Basis
from auditor.trace.events import EventKind
from rules.miniature import invalid, program, valid

_ID = "ART003"


def check(case: Case) -> RuleResult:
    """Asks the trace on which ways the trained weights reach the claimed score."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    ways = case.trace.carried
    if not ways:
        return answer.not_applicable("No optimiser step on training tokens lies behind the score.")
    surviving = [way for way in ways if way.survives is not None and not way.rebuilt]
    if surviving:
        return answer.fails(
            "The artifact holds a part of the weights only, and it is loaded over the trained "
            "model: what is missing in the file stays as training left it.",
            [_finding(case, way) for way in surviving],
        )
    bare = [way for way in ways if not way.rebuilt]
    if len(bare) < len(ways):
        return answer.passes("The scored weights are read back from the artifact.")
    if any(way.quantised for way in bare):
        return answer.passes("The scored weights are those left in memory, after quantisation.")
    if _could_be_another(case):
        return answer.needs_ruling(
            "The score that the program prints last is computed with the weights that training "
            "left in memory.",
            [_finding(case, way) for way in bare],
            strict="The claimed score belongs to the model that the artifact gives back.",
            lenient="The file and the weights in memory may hold the same values.",
        )
    return answer.fails(
        "The claimed score is computed with the weights that training left in memory; nothing is "
        "read back from an artifact.",
        [_finding(case, way) for way in bare],
    )


def _could_be_another(case: Case) -> bool:
    """Whether the claimed number may be another one, of a model that was read back."""
    claimed = case.trace.claimed
    logged = claimed is not None and claimed.basis is Basis.LOGGED
    reads = (event.node for event in case.trace.of(EventKind.READ))
    return not logged and any(node is not None and node.op == "load" for node in reads)


def _finding(case: Case, way: Carried) -> Finding:
    says = (
        "the weights come from this step, not from the artifact"
        if way.survives is None
        else "what the file does not hold keeps its trained value here"
    )
    found = node_finding(says, way.survives, way.step)
    flow = (*found.locations[::-1], *reported(case.trace))
    return Finding(says, found.locations, flow)


_READ_BACK = 'model.load_state_dict(torch.load("final_model.pt"))\n'
_LENIENT = 'model.load_state_dict(torch.load("final_model.pt"), strict=False)\n'
_SAVED = "torch.save(model.state_dict(), "
_PART = 'torch.save({k: v for k, v in model.state_dict().items() if "head" not in k}, '

RULE = Rule(
    id=_ID,
    title="Scored from the artifact alone",
    family=Family.ART,
    severity=Severity.INVALID,
    requirement=(
        "The claimed score belongs to the model that the artifact gives back: every learned value "
        "that takes part was written to it, within the size limit, and read from it."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "The artifact is self-contained: code and compressed model are all that is scored.",
            date(2026, 3, 18),
        ),
    ),
    fix="Build a fresh model, load the artifact into it strictly, and score that model.",
    check=check,
    examples=(
        valid("read back before scoring", program()),
        valid("a complete file, loaded leniently", program().replace(_READ_BACK, _LENIENT)),
        valid(
            "a part of the weights, in a fresh model",
            program().replace(_SAVED, _PART).replace(_READ_BACK, f"model = GPT()\n{_LENIENT}"),
        ),
        invalid("scored with the weights in memory", program().replace(_READ_BACK, "")),
        invalid(
            "weights that survive a lenient load",
            program().replace(_SAVED, _PART).replace(_READ_BACK, _LENIENT),
        ),
    ),
)
