"""Sums up the audits of many pull requests by month and by family of rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from auditor.bench import family_of
from auditor.findings import TttOrder
from auditor.fleet import Outcome
from auditor.rule import Family
from auditor.verdict import Verdict

_NOTHING = "no submission"
_COLUMNS = (*(verdict.value for verdict in Verdict), _NOTHING)


class Survey:
    """Counts of verdicts, failing families and labels of the order."""

    def __init__(self) -> None:
        self.by_month: dict[str, Counter[str]] = defaultdict(Counter)
        self.families: dict[str, Counter[str]] = defaultdict(Counter)
        self.orders: Counter[str] = Counter()
        self.stopped: list[Outcome] = []
        self._with_script = 0
        self._undecided = 0

    def add(self, outcome: Outcome) -> None:
        """Takes in the outcome of one pull request."""
        report = outcome.report
        if outcome.stopped:
            self.stopped.append(outcome)
        if report is None:
            self.by_month["-"][_NOTHING] += 1
            return
        month = str(report["submission"]["opened"] or "-")[:7]
        self.by_month[month][report["verdict"]] += 1
        failing = {family_of(rule["id"]) for rule in report["rules"] if rule["status"] == "fail"}
        for family in failing:
            self.families[family][month] += 1
        if report["submission"]["main_script"] is not None:
            self._with_script += 1
            self.orders[report["ttt_order"]] += 1
            self._undecided += report["ttt_order"] == TttOrder.UNKNOWN

    def line(self, outcome: Outcome) -> dict[str, Any]:
        """One outcome in short."""
        report = outcome.report
        if report is None:
            return {
                "pr": outcome.target.pr,
                "verdict": None,
                "why": outcome.nothing or outcome.stopped,
            }
        by_status: dict[str, list[str]] = defaultdict(list)
        for rule in report["rules"]:
            by_status[rule["status"]].append(rule["id"])
        return {
            "pr": outcome.target.pr,
            "verdict": report["verdict"],
            "ttt_order": report["ttt_order"],
            "fails": by_status["fail"],
            "needs_ruling": by_status["needs-ruling"],
            "unknown": by_status["unknown"],
            "stopped": outcome.stopped,
        }

    def markdown(self) -> str:
        """The summary as Markdown."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        total = sum(sum(counts.values()) for counts in self.by_month.values())
        yield f"{total} pull requests; {len(self.stopped)} audits were stopped."
        yield ""
        yield f"| month | {' | '.join(_COLUMNS)} |"
        yield "|---|" + "---:|" * len(_COLUMNS)
        for month in sorted(self.by_month):
            counts = self.by_month[month]
            yield f"| {month} | " + " | ".join(str(counts[name]) for name in _COLUMNS) + " |"
        yield ""
        months = sorted(month for month in self.by_month if month != "-")
        yield f"| failing family | {' | '.join(months)} | all |"
        yield "|---|" + "---:|" * (len(months) + 1)
        for family in (f.value for f in Family if self.families[f.value]):
            counts = self.families[family]
            cells = [str(counts[month]) for month in months]
            yield f"| {family} | {' | '.join(cells)} | {sum(counts.values())} |"
        yield ""
        yield "| order of scoring and adapting | pull requests |"
        yield "|---|---:|"
        for order in TttOrder:
            yield f"| {order.value} | {self.orders[order.value]} |"
        share = self._undecided / self._with_script if self._with_script else 0.0
        yield ""
        yield (
            f"Order undecided in {self._undecided} of {self._with_script} submissions with a "
            f"script ({share:.1%})."
        )
