from __future__ import annotations

from urllib.parse import unquote, urljoin, urlsplit

import pytest
from hypothesis import given

from auditor.findings import Location
from auditor.report.links import (
    folder_link,
    permalink,
    relative_uri,
    span,
    without_backlink,
)
from auditor.submission.model import Origin

from .hostile import texts
from .samples import HEAD

ORIGIN = Origin(pr=1, head=HEAD)
BASE = f"https://github.com/openai/parameter-golf/blob/{HEAD}"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        (Location("a/train.py", 10, 10), f"{BASE}/a/train.py#L10"),
        (Location("a/train.py", 10, 20), f"{BASE}/a/train.py#L10-L20"),
        (Location("a/train.py", 0, -1), f"{BASE}/a/train.py#L1"),
        (Location("README.md", 3, 3), f"{BASE}/README.md?plain=1#L3"),
        (Location("a b/#1/ü%?.py", 1, 1), f"{BASE}/a%20b/%231/%C3%BC%25%3F.py#L1"),
        (Location("train.py", 812, 830, layer="decoded:1"), f"{BASE}/train.py"),
        (Location("../../other/repo", 1, 1), None),
        (Location("/etc/passwd", 1, 1), None),
        (Location("", 1, 1), None),
        (Location("a" * 2_000, 1, 1), None),
        (Location("\ud800", 1, 1), None),
    ],
)
def test_permalinks(location, url):
    assert permalink(ORIGIN, location) == url


@pytest.mark.parametrize(
    "origin",
    [
        Origin(),
        Origin(head="main"),
        Origin(head=HEAD + "\n"),
        Origin(head=HEAD, url="javascript:alert(1)"),
        Origin(head=HEAD, url="https://github.com/a/b](https://example.com)"),
    ],
)
def test_no_permalink_without_a_commit_and_a_repository(origin):
    assert permalink(origin, Location("train.py", 1, 1)) is None
    assert folder_link(origin, "records") is None


@given(path=texts)
def test_a_permalink_stays_below_its_commit(path):
    url = permalink(ORIGIN, Location(path, 1, 1))
    if url is not None:
        assert urljoin(url, ".").startswith(f"{BASE}/")
        name = urlsplit(url).path.removeprefix(urlsplit(BASE).path + "/")
        assert unquote(name, errors="surrogateescape") == path


@given(path=texts)
def test_a_relative_uri_is_a_path(path):
    uri = relative_uri(path)
    if uri is not None:
        parts = urlsplit(uri)
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
        assert uri.isascii()


def test_links_to_threads_leave_no_trace_there():
    thread = "https://github.com/openai/parameter-golf/pull/402#issuecomment-1"
    assert without_backlink(thread) == thread.replace("github.com", "redirect.github.com")
    page = "https://github.com/openai/parameter-golf/blob/main/README.md"
    assert without_backlink(page) == page


def test_spans_are_in_order():
    assert span(Location("a", 5, 3)) == (5, 5)
    assert span(Location("a", -5, 0)) == (1, 1)
