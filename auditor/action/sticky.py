"""The one comment on a pull request that is updated instead of repeated."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from auditor.action.api import Api
from auditor.report.markdown import MARKER

# Who comments with the token of a job.
BOT: Final = "github-actions[bot]"


class Done(StrEnum):
    """What was done."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


class _User(BaseModel):
    model_config = ConfigDict(extra="ignore")
    login: str


class _Comment(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: int
    body: str | None = None
    user: _User | None = None


def post(api: Api, number: int, body: str, *, create: bool = True, login: str = BOT) -> Done:
    """Updates our comment on a pull request, or makes it.

    Anybody can write our marker into a comment, so it counts only in one that we wrote.

    Args:
        api: the repository.
        number: the pull request.
        body: the comment; starts with the marker.
        create: whether to make one where there is none.
        login: who we are.

    Raises:
        ApiError: a call failed.
    """
    for item in api.pages(f"issues/{number}/comments"):
        comment = _Comment.model_validate(item)
        ours = comment.user is not None and comment.user.login == login
        if ours and comment.body is not None and comment.body.startswith(MARKER):
            # GitHub keeps line ends and space at the end of a text in its own way.
            if comment.body.split() == body.split():
                return Done.UNCHANGED
            api.send("PATCH", f"issues/comments/{comment.id}", {"body": body})
            return Done.UPDATED
    if not create:
        return Done.SKIPPED
    api.send("POST", f"issues/{number}/comments", {"body": body})
    return Done.CREATED
