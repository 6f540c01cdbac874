"""Addresses of files: relative ones for SARIF, permalinks at the head commit for people."""

from __future__ import annotations

import re
from urllib.parse import quote

from auditor.findings import Location
from auditor.submission.model import Origin

# A longer address would crowd the evidence out of a comment; the path is still shown as text.
_MAX_LENGTH = 1_000

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REPOSITORY = re.compile(r"https://[A-Za-z0-9.-]+/[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_THREAD = re.compile(r"https://github\.com(?=/[^/]+/[^/]+/(?:pull|issues|discussions)/\d)")


def relative_uri(path: str) -> str | None:
    """The path as a percent-encoded relative reference.

    `None` where the path has no such form: empty and dotted segments would make a link lead to
    another place than the one it names.
    """
    if any(segment in ("", ".", "..") for segment in path.split("/")):
        return None
    try:
        raw = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return None
    return quote(raw, safe="/")


def permalink(origin: Origin, location: Location) -> str | None:
    """The web address of the lines at the head commit, or `None` where it cannot be known."""
    base = _at_head(origin, location.file, "blob")
    if base is None or location.layer is not None:
        return base
    # Rendered Markdown has no line anchors.
    plain = "?plain=1" if location.file.lower().endswith(".md") else ""
    first, last = span(location)
    return f"{base}{plain}#L{first}" + (f"-L{last}" if last > first else "")


def folder_link(origin: Origin, folder: str) -> str | None:
    """The web address of a folder at the head commit, or `None` where it cannot be known."""
    return _at_head(origin, folder, "tree")


def without_backlink(url: str) -> str:
    """The same address, written so that GitHub does not note the link in the linked thread.

    A rule cites the thread it was made in; without this, every comment would leave a trace there.
    """
    return _THREAD.sub("https://redirect.github.com", url)


def span(location: Location) -> tuple[int, int]:
    """First and last line, in order and counted from 1 whatever a rule put in."""
    first = max(1, location.line_start)
    return first, max(first, location.line_end)


def _at_head(origin: Origin, path: str, kind: str) -> str | None:
    uri = relative_uri(path)
    if uri is None or origin.head is None:
        return None
    if not (_COMMIT.fullmatch(origin.head) and _REPOSITORY.fullmatch(origin.url)):
        return None
    url = f"{origin.url}/{kind}/{origin.head}/{uri}"
    return url if len(url) <= _MAX_LENGTH else None
