"""The pull request that a workflow runs for, from the event that GitHub hands to the job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auditor.action.api import Api

Sha = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]


class CannotResolve(Exception):
    """The event names no pull request that can be audited; the message is one line."""


class MovedOn(CannotResolve):
    """The pull request was closed or has another head by now; a later run reports on it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Commit(_Part):
    """One end of a pull request."""

    sha: Sha


class Pull(_Part):
    """A pull request at one commit."""

    number: Annotated[int, Field(gt=0)]
    base: Commit
    head: Commit


class _Owner(_Part):
    login: str


class _Repository(_Part):
    owner: _Owner


class _Run(_Part):
    event: str
    head_sha: Sha
    head_branch: str
    head_repository: _Repository


def resolve(event: Path, api: Api | None) -> Pull:
    """The pull request of a `pull_request` or a `workflow_run` event.

    The latter does not name the pull request where it comes from a fork, so GitHub is asked which
    one has that head. Nothing that the earlier run left behind is looked at.

    Args:
        event: the file with the payload.
        api: whom to ask; needed for `workflow_run` only.

    Raises:
        CannotResolve: there is none.
        MovedOn: there is one no longer.
    """
    payload = _payload(event)
    try:
        if "pull_request" in payload:
            return Pull.model_validate(payload["pull_request"])
        if "workflow_run" in payload:
            return _behind(_Run.model_validate(payload["workflow_run"]), api)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise CannotResolve(f"the event's {where} is not as expected: {first['msg']}") from error
    raise CannotResolve("run this on pull_request, or on workflow_run after it")


def _payload(event: Path) -> dict[str, Any]:
    try:
        payload = json.loads(event.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CannotResolve(f"the event file {event} cannot be read") from error
    if not isinstance(payload, dict):
        raise CannotResolve(f"the event file {event} holds no event")
    return payload


def _behind(run: _Run, api: Api | None) -> Pull:
    if run.event != "pull_request":
        raise CannotResolve(f"the run was started by {run.event}, not by a pull request")
    if api is None:
        raise CannotResolve("a workflow_run event needs the input `token`")
    head = f"{run.head_repository.owner.login}:{run.head_branch}"
    listed = api.pages("pulls", state="open", head=head)
    found = [Pull.model_validate(each) for each in listed]
    same = [pull for pull in found if pull.head.sha == run.head_sha]
    if len(same) != 1:
        raise MovedOn(
            f"{len(same)} open pull requests have the head {run.head_sha}; "
            "it has moved on or was closed, so there is nothing to report"
        )
    return same[0]
