"""Audits one pull request and writes what GitHub shows of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from auditor.action.event import Pull
from auditor.cli.audit import run_isolated
from auditor.cli.output import CannotAudit, FailOn, Format, registry, render
from auditor.policy import Policy, PolicyUnreadable, policy_at
from auditor.report import sarif
from auditor.report.escape import for_markdown_code, for_workflow_data
from auditor.report.markdown import MARKER
from auditor.submission import Clone, NothingToAudit, Submission, SubmissionError, from_range
from auditor.verdict import Audit

COMMENT: Final = "comment.md"
SARIF: Final = "audit.sarif"
REPORT: Final = "audit.json"
NO_SUBMISSION: Final = "no-submission"
CANNOT: Final = "cannot-audit"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a pull request.

    Attributes:
        verdict: that of the audit, or why there is none.
        status: exit status of the check: 0 it passes, 1 it does not, 2 it could not be made.
        annotations: workflow commands, one a line.
        files: name -> text of what goes into the artifact.
    """

    verdict: str
    status: int
    annotations: str
    files: dict[str, str]

    @property
    def comment(self) -> str:
        """The comment, which is the job's summary too."""
        return self.files[COMMENT]


def check(pull: Pull, repo: Path, fail_on: FailOn) -> Result:
    """Audits a pull request of a clone under the policy of its base commit.

    Args:
        pull: the pull request.
        repo: a clone that has both of its commits.
        fail_on: from which answer on the check does not pass.
    """
    try:
        clone = Clone(repo)
        policy = policy_at(clone.commit(pull.base.sha), registry())
        submission = from_range(clone, pull.base.sha, pull.head.sha, pr=pull.number)
    except NothingToAudit as nothing:
        return _without(NO_SUBMISSION, 0, "Nothing to audit", str(nothing))
    except (SubmissionError, PolicyUnreadable) as error:
        return _without(CANNOT, 2, "The audit could not be done", str(error))
    try:
        return _audited(pull, submission, policy, fail_on)
    except CannotAudit as error:
        return _without(CANNOT, 2, "The audit could not be done", str(error))


def _audited(pull: Pull, submission: Submission, policy: Policy, fail_on: FailOn) -> Result:
    command = f"auditor audit --repo parameter-golf --pr {pull.number}"

    def show(done: Audit) -> tuple[str, Audit]:
        texts = {
            form: render(done, form, policy=policy, command=command)
            for form in (Format.MARKDOWN, Format.SARIF, Format.JSON, Format.GITHUB)
        }
        return json.dumps({"verdict": done.verdict, **texts}), done

    text, status = run_isolated(submission, show, fail_on, policy)
    made = json.loads(text)
    files = {
        COMMENT: made[Format.MARKDOWN],
        SARIF: made[Format.SARIF],
        REPORT: made[Format.JSON],
    }
    return Result(made["verdict"], status, made[Format.GITHUB], files)


def _without(verdict: str, status: int, title: str, why: str) -> Result:
    """A result that is no audit; `why` may name files of the pull request."""
    kind = "error" if status else "notice"
    comment = f"{MARKER}\n### Audit: {title.lower()}\n\n{for_markdown_code(why)}\n"
    files = {COMMENT: comment}
    if status == 0:
        # A failed audit gets no log: an empty one would close what is still open.
        files[SARIF] = sarif.render_nothing(registry(), why)
    annotation = f"::{kind} title={title}::{for_workflow_data(why)}\n"
    return Result(verdict, status, annotation, files)
