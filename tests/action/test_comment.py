"""One comment per pull request, whoever writes what beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.action.api import Api, ApiError
from auditor.action.sticky import BOT, Done, post
from auditor.report.markdown import MARKER
from rules.miniature import program
from rules.ttt001 import ADAPT_ALL, SCORE_FIRST
from tests.action.github import TOKEN, GitHub, served
from tests.action.job import Job, Ran, event_of_run, pull_request
from tests.submission.builders import World, entry

BODY = f"{MARKER}\n### Audit: compliant\n"
NAME = "openai/parameter-golf"
LOG = "final_exact val_loss:2.1 val_bpb:1.25000000\n"
LEGAL, ILLEGAL = (
    entry("2026-04-01_Mine", 1.25, {"train_gpt.py": code, "train.log": LOG})
    for code in (
        program(evaluate=SCORE_FIRST),
        program(ADAPT_ALL, before_scoring="adapt(model, val_tokens)"),
    )
)


@pytest.fixture
def github() -> Iterator[GitHub]:
    with served(GitHub()) as server:
        yield server


@pytest.fixture
def api(github: GitHub) -> Api:
    return Api(github.root, NAME, TOKEN)


def test_the_first_run_comments(github: GitHub, api: Api) -> None:
    github.say(7, "Nice.", "somebody")
    assert post(api, 7, BODY) is Done.CREATED
    assert github.bodies(7) == ["Nice.", BODY]


def test_a_later_run_updates_it(github: GitHub, api: Api) -> None:
    github.say(7, f"{MARKER}\n### Audit: violation\n", BOT)
    assert post(api, 7, BODY) is Done.UPDATED
    assert github.bodies(7) == [BODY]


def test_what_is_the_same_already_is_left_alone(github: GitHub, api: Api) -> None:
    github.say(7, BODY.replace("\n", "\r\n").rstrip(), BOT)
    assert post(api, 7, BODY) is Done.UNCHANGED
    assert [call.split()[0] for call in github.calls] == ["GET"]


def test_our_comment_is_found_on_any_page(github: GitHub, api: Api) -> None:
    for number in range(250):
        github.say(7, f"Comment {number}", "somebody")
    github.say(7, f"{MARKER}\nold", BOT)
    assert post(api, 7, BODY) is Done.UPDATED
    assert github.bodies(7)[-1] == BODY


@pytest.mark.parametrize(
    ("body", "login"),
    [
        (f"{MARKER}\n### Audit: compliant", "somebody"),
        (f"> {MARKER}\n", BOT),
        ("", BOT),
    ],
    ids=["a forged marker", "a quoted marker", "another comment of the bot"],
)
def test_what_is_not_ours_is_never_changed(github: GitHub, api: Api, body: str, login: str) -> None:
    github.say(7, body, login)
    assert post(api, 7, BODY) is Done.CREATED
    assert github.bodies(7) == [body, BODY]


def test_nothing_is_made_where_only_an_update_is_wanted(github: GitHub, api: Api) -> None:
    assert post(api, 7, BODY, create=False) is Done.SKIPPED
    assert github.bodies(7) == []


def test_a_call_that_fails_is_one_line_without_the_token(github: GitHub) -> None:
    with pytest.raises(ApiError) as caught:
        post(Api(github.root, NAME, "wrong-token"), 7, BODY)
    assert str(caught.value) == "GitHub answers 401 to GET issues/7/comments"
    assert "wrong-token" not in repr(Api(github.root, NAME, "wrong-token"))


@pytest.mark.parametrize(
    ("root", "name"),
    [
        ("http://api.github.com", NAME),
        ("file:///etc", NAME),
        ("https://api.github.com", "a/b/../c"),
    ],
)
def test_a_token_goes_nowhere_else(root: str, name: str) -> None:
    with pytest.raises(ApiError):
        Api(root, name, TOKEN)


class After:
    """The run that follows a check: as for a fork, it is told a head and no pull request."""

    def __init__(self, world: World, github: GitHub, temp: Path) -> None:
        self.world, self.github, self.temp = world, github, temp
        self.base = world.main({"README.md": "The challenge.\n"})
        self.runs = 0

    def __call__(self, files: dict[str, object], *, closed: bool = False) -> Ran:
        self.runs += 1
        head = str(self.world.pull(7, files, [self.base]))  # type: ignore[arg-type]
        self.github.pulls = [] if closed else [pull_request(7, str(self.base), head)]
        other = pull_request(8, str(self.base), "1" * 40)
        self.github.pulls.append(other)
        temp = self.temp / str(self.runs)
        temp.mkdir()
        inputs = {"comment": "true", "token": TOKEN}
        return Job(temp, self.world, self.github.root).run(event_of_run(head), inputs)


@pytest.fixture
def after(world: World, github: GitHub, tmp_path: Path) -> After:
    return After(world, github, tmp_path)


def test_each_run_keeps_the_one_comment_up_to_date(after: After, github: GitHub) -> None:
    first = after(dict(ILLEGAL))
    assert (first.outputs["number"], first.outputs["verdict"]) == ("7", "violation")
    assert "comment created" in first.log
    assert first.conclusion == 0
    assert "**TTT001** at" in github.bodies(7)[0]
    second = after(dict(LEGAL))
    assert "comment updated" in second.log
    (body,) = github.bodies(7)
    assert "**TTT001** at" not in body
    assert "validation tokens are scored first, then adapted on" in body
    third = after({"notes.md": "No submission any more.\n"})
    assert "comment updated" in third.log
    (body,) = github.bodies(7)
    assert "nothing to audit" in body
    assert 8 not in github.comments


def test_a_pull_request_without_a_submission_gets_no_comment(after: After, github: GitHub) -> None:
    ran = after({"notes.md": "x\n"})
    assert (ran.conclusion, ran.outputs["verdict"]) == (0, "no-submission")
    assert github.bodies(7) == []


def test_a_pull_request_that_was_closed_meanwhile_gets_no_comment(
    after: After, github: GitHub
) -> None:
    ran = after(dict(LEGAL), closed=True)
    assert (ran.conclusion, ran.log.startswith("::notice title=Audit::0 open")) == (0, True)
    assert github.comments == {}
