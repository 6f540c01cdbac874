"""Short ways for a rule to answer, with the confidence that the trace allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.case import Case
from auditor.findings import Confidence, Finding, RuleResult, Status
from auditor.trace.claimed import Basis

_CONFIDENCE = {
    Basis.LOGGED: Confidence.HIGH,
    Basis.LABEL: Confidence.MEDIUM,
    Basis.LAST: Confidence.MEDIUM,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Makes the results of one rule for one case.

    Attributes:
        rule_id: the rule.
        confidence: how sure its answers are.
    """

    rule_id: str
    confidence: Confidence = Confidence.HIGH

    @classmethod
    def on_trace(cls, rule_id: str, case: Case) -> Answer:
        """Answers as sure as it is which value of the program was claimed."""
        claimed = case.trace.claimed
        return cls(rule_id, Confidence.LOW if claimed is None else _CONFIDENCE[claimed.basis])

    def passes(self, summary: str) -> RuleResult:
        """The rule is met."""
        return RuleResult(self.rule_id, Status.PASS, self.confidence, summary)

    def fails(self, summary: str, findings: Iterable[Finding]) -> RuleResult:
        """The rule is broken, which `findings` show."""
        return RuleResult(self.rule_id, Status.FAIL, self.confidence, summary, tuple(findings))

    def needs_ruling(
        self, summary: str, findings: Iterable[Finding], *, strict: str, lenient: str
    ) -> RuleResult:
        """The answer hangs on a reading of the rules that is for the organisers."""
        return RuleResult(
            self.rule_id,
            Status.NEEDS_RULING,
            self.confidence,
            summary,
            tuple(findings),
            strict_side=strict,
            lenient_side=lenient,
        )

    def unknown(self, summary: str, findings: Iterable[Finding] = ()) -> RuleResult:
        """The rule could not be decided."""
        return RuleResult(self.rule_id, Status.UNKNOWN, Confidence.LOW, summary, tuple(findings))

    def not_applicable(self, summary: str) -> RuleResult:
        """The rule does not concern this submission."""
        return RuleResult(self.rule_id, Status.NOT_APPLICABLE, Confidence.HIGH, summary)

    def unscored(self, case: Case) -> RuleResult | None:
        """As `unread`, for rules about learning from validation tokens, which may not occur."""
        if case.trace.untaught:
            return self.passes("No statement of the program learns from validation tokens.")
        return self.unread(case)

    def unread(self, case: Case) -> RuleResult | None:
        """The answer where the scores behind the claim were not found, else `None`."""
        trace = case.trace
        if trace.readable:
            return None
        if case.submission.main_script is None:
            return self.unknown("The record folder has no script that trains and scores.")
        if trace.problems:
            return self.unknown(f"The program could not be followed: {trace.problems[0]}")
        if trace.claimed is None:
            return self.unknown("No statement of the program reports a validation score.")
        return self.unknown("The losses behind the reported score could not be found in the code.")
