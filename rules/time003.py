"""TIME003: the run was made on eight H100 SXM."""

from __future__ import annotations

import json
import re
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.attribution import Attribution, attribute
from auditor.evidence.runs import Run
from auditor.facts import Fact, Quantity, Standing
from auditor.findings import Confidence, Finding, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source

_ID = "TIME003"
_H100 = re.compile(r"H100", re.IGNORECASE)
#: The ways in which an H100 is sold other than on SXM boards, as `nvidia-smi` names them.
_OTHER_BOARD = re.compile(r"H100[ -]*(?:80GB[ -]*)?(?:PCIe|NVL)", re.IGNORECASE)
#: Names of accelerators, so that words of other kinds ("cloud") say nothing.
_ACCELERATOR = re.compile(
    r"\b(?:[AHBLV]\d{2,3}S?|GH?200|GB\d{3}|RTX ?(?:PRO )?\d{4}|[345]090|T4|MI\d{3}X?|Apple M\d)\b",
    re.IGNORECASE,
)


def check(case: Case) -> RuleResult:
    """Looks at the accelerators that the claimed logs list, else at those that are claimed."""
    if not case.submission.is_record_claim:
        return Answer(_ID).not_applicable("The hardware is fixed for the ten-minute track only.")
    attribution = attribute(case.facts)
    shown = [run for run in attribution.runs if run.of(Quantity.GPU) or run.world_size]
    needed = case.ruleset.limits.world_size
    if shown:
        return _logged(attribution, shown, needed)
    return _claimed(case, needed)


def _logged(attribution: Attribution, shown: list[Run], needed: int) -> RuleResult:
    other = [finding for run in shown if (finding := _other(run, needed))]
    answer = Answer(_ID, Confidence.HIGH if attribution.sure else Confidence.MEDIUM)
    if other and (attribution.sure or len(other) == len(shown)):
        return answer.fails(f"A claimed run was not made on {needed} H100 SXM.", other)
    named = next((fact for run in shown if (fact := run.last(Quantity.GPU))), None)
    if named is None:
        return Answer(_ID, Confidence.MEDIUM).passes(
            f"The logs show {shown[0].world_size} processes; none names the accelerator."
        )
    return answer.passes(f"The logs list {named.value}.")


def _other(run: Run, needed: int) -> Finding | None:
    name = run.last(Quantity.GPU)
    if name is not None and _is_other(str(name.value)):
        return Finding(f"ran on {name.value}", (name.source,))
    world = run.last(Quantity.WORLD_SIZE)
    if world is not None and 0 < world.number < needed:
        return Finding(f"ran on {world.number:g} accelerators", (world.source,))
    return None


def _claimed(case: Case, needed: int) -> RuleResult:
    stated = case.facts.of(Quantity.GPU, Standing.CLAIMED)
    counts = case.facts.of(Quantity.GPU_COUNT, Standing.CLAIMED)
    other = [fact for fact in stated if _is_other(str(fact.value))]
    fewer = [fact for fact in counts if 0 < fact.number < needed]
    answer = Answer(_ID, Confidence.MEDIUM)
    if other or fewer:
        fact: Fact = (other or fewer)[0]
        told = str(fact.value)[:60] + ("" if other else " accelerators")
        return answer.fails(
            f"The submission states other hardware than {needed} H100 SXM: {told}.",
            [Finding(f"states {told}", (fact.source,))],
        )
    if stated:
        return answer.passes(f"The submission states {str(stated[0].value)[:60]}.")
    return Answer(_ID, Confidence.LOW).passes("No file names other hardware.")


def _is_other(name: str) -> bool:
    if _OTHER_BOARD.search(name):
        return True
    return _ACCELERATOR.search(name) is not None and not _H100.search(name)


def _example(gpu: str, world: int = 8) -> dict[str, str]:
    claim = {"name": "Example", "github_id": "someone", "val_bpb": 1.1234, "seeds": [42]}
    rows = "".join(f"|   {i}  {gpu:<28}  On  |   00000000:19:00.0 Off |\n" for i in range(world))
    log = (
        f"{rows}world_size:{world} grad_accum_steps:1\nseed:42\n"
        "final_int6_roundtrip_exact val_loss:1.89680000 val_bpb:1.12340000\n"
    )
    return {"submission.json": json.dumps(claim, indent=2), "train_seed42.log": log}


RULE = Rule(
    id=_ID,
    title="Runs of the ten-minute track are made on 8xH100 SXM",
    family=Family.TIME,
    severity=Severity.UNGRADABLE,
    requirement=(
        "The limits on time are stated for eight H100 on SXM boards. A run on other or fewer "
        "accelerators, or a projection from one, does not show that they are kept."
    ),
    authority=Authority.README,
    in_force=date(2026, 3, 18),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/blob/main/README.md",
            "Training and evaluation each take at most ten minutes on 8xH100, on SXM boards.",
            date(2026, 3, 18),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1959",
            "Not accepted; among other points the runs were made on four accelerators.",
            date(2026, 5, 2),
        ),
    ),
    fix="Repeat the claimed runs on 8xH100 SXM, or enter them in the non-record track.",
    check=check,
    examples=(
        Example(ExampleKind.VALID, "eight of them in the log", _example("NVIDIA H100 80GB HBM3")),
        Example(ExampleKind.INVALID, "four", _example("NVIDIA H100 80GB HBM3", 4)),
        Example(ExampleKind.INVALID, "another board", _example("NVIDIA H100 PCIe")),
        Example(ExampleKind.INVALID, "another generation", _example("NVIDIA A100-SXM4-80GB")),
    ),
)
