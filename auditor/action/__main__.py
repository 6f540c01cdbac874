"""The steps of `action.yml`: `python -m auditor.action resolve|audit|comment`.

All that they need comes from environment variables, those of GitHub and three of our own:
`AUDITOR_REPO` (the clone), `AUDITOR_OUT` (a folder for the reports) and `AUDITOR_FAIL_ON`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from auditor.action.api import Api, ApiError
from auditor.action.event import CannotResolve, MovedOn, Pull, resolve
from auditor.action.reports import COMMENT, NO_SUBMISSION, check
from auditor.action.sticky import Done, post
from auditor.cli.output import FailOn, emit
from auditor.report.escape import for_workflow_data

PULL: Final = "pull.json"
VERDICT: Final = "verdict.txt"
# GitHub drops a longer one.
MAX_SUMMARY: Final = 1024 * 1024

_Env = Mapping[str, str]


class _Unset(Exception):
    """A variable is missing; the message names it."""


def resolve_step(env: _Env) -> None:
    """Finds the pull request, and says which commit has to be fetched."""
    pull = resolve(Path(_need(env, "GITHUB_EVENT_PATH")), _api(env))
    _out(env, PULL).write_text(pull.model_dump_json(), "utf-8")
    _append(env, "GITHUB_OUTPUT", f"head={pull.head.sha}\nnumber={pull.number}\n")


def audit_step(env: _Env) -> None:
    """Audits the pull request and writes reports, summary, annotations and outputs."""
    pull = Pull.model_validate_json(_out(env, PULL).read_text("utf-8"))
    fail_on = FailOn(env.get("AUDITOR_FAIL_ON") or FailOn.FAIL)
    result = check(pull, Path(_need(env, "AUDITOR_REPO")), fail_on)
    for name, text in result.files.items():
        _out(env, name).write_text(text, "utf-8")
    _out(env, VERDICT).write_text(result.verdict, "utf-8")
    if len(result.comment.encode()) < MAX_SUMMARY:
        _append(env, "GITHUB_STEP_SUMMARY", result.comment)
    # Values of our own alone: a line break in one would start another output.
    _append(env, "GITHUB_OUTPUT", f"verdict={result.verdict}\nstatus={result.status}\n")
    if result.annotations:
        emit(result.annotations)


def comment_step(env: _Env) -> None:
    """Posts what the audit step of this same job has written."""
    api = _api(env)
    if api is None:
        raise CannotResolve("the input `comment` needs the input `token`")
    # The event is asked once more: the pull request may have moved on during the audit.
    pull = resolve(Path(_need(env, "GITHUB_EVENT_PATH")), api)
    body = _out(env, COMMENT).read_text("utf-8")
    create = _out(env, VERDICT).read_text("utf-8") != NO_SUBMISSION
    done = post(api, pull.number, body, create=create)
    emit(f"comment {done}" if done is not Done.SKIPPED else "no comment where none is needed")


STEPS: Final[Mapping[str, Callable[[_Env], None]]] = {
    "resolve": resolve_step,
    "audit": audit_step,
    "comment": comment_step,
}


def main(arguments: Sequence[str], env: _Env) -> int:
    """Runs one step; 0, or 2 with one line where it could not be done."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        emit(f"usage: python -m auditor.action {'|'.join(STEPS)}")
        return 2
    try:
        STEPS[arguments[0]](env)
    except MovedOn as moved:
        emit(f"::notice title=Audit::{for_workflow_data(str(moved))}")
        return 0
    except (CannotResolve, ApiError, OSError, ValueError, _Unset) as error:
        emit(f"::error title=Audit::{for_workflow_data(str(error))}")
        return 2
    return 0


def _api(env: _Env) -> Api | None:
    token = env.get("GITHUB_TOKEN")
    if not token:
        return None
    root = env.get("GITHUB_API_URL") or "https://api.github.com"
    return Api(root, _need(env, "GITHUB_REPOSITORY"), token)


def _out(env: _Env, name: str) -> Path:
    folder = Path(_need(env, "AUDITOR_OUT"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _append(env: _Env, name: str, text: str) -> None:
    path = env.get(name)
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def _need(env: _Env, name: str) -> str:
    value = env.get(name)
    if not value:
        raise _Unset(f"the variable {name} is not set; run this as a step of action.yml")
    return value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
