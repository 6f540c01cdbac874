"""What the path of a file says: record folder, track, day, and the role its name suggests."""

from __future__ import annotations

import posixpath
import re
from datetime import date

from auditor.submission.model import Track

_RECORDS = "records"
_TRACK_NAME = re.compile(r"track_\w+", re.IGNORECASE)
_NON_RECORD = re.compile(r"non[-_]?record", re.IGNORECASE)
_TEN_MINUTES = re.compile(r"10[-_ ]?min", re.IGNORECASE)

_YEAR_FIRST = re.compile(r"(?<!\d)(20\d\d)([-_.]?)(\d{1,2})\2(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})([-_.])(\d{1,2})\2(20\d\d)(?!\d)")


def is_below(path: str, folder: str) -> bool:
    """Whether `path` lies below `folder`; everything lies below `""`."""
    return not folder or path.startswith(f"{folder}/")


def record_folder(path: str) -> str | None:
    """The record folder that the file at `path` lies in, as far as the path alone can tell.

    That is the directory right below `records/`, below a directory named after a track, or below
    any run of these (forks nest `records/<track>/records/<track>/<name>`, and translate
    `records`). `None` where the path has no such run, or the file lies directly in one.
    """
    directories = path.split("/")[:-1]
    start = _start_of_run(directories)
    if start is None:
        return None
    end = start
    while end < len(directories) and _is_marker(directories[end]):
        end += 1
    return "/".join(directories[: end + 1]) if end < len(directories) else None


def _start_of_run(directories: list[str]) -> int | None:
    for i, name in enumerate(directories):
        # `data/records/` or `logs/records/` is somebody's own folder, so a `records` further down
        # counts only where a track follows it.
        follows = i + 1 < len(directories) and is_track(directories[i + 1])
        if is_track(name) or (name == _RECORDS and (i == 0 or follows)):
            return i
    return None


def _is_marker(name: str) -> bool:
    return name == _RECORDS or is_track(name)


def is_track(name: str) -> bool:
    """Whether a directory of this name holds the record folders of a track."""
    return _TRACK_NAME.fullmatch(name) is not None


def is_container(folder: str) -> bool:
    """Whether a folder holds record folders and is none itself."""
    return bool(folder) and record_folder(f"{folder}/x/y") == f"{folder}/x"


def track_of(folder: str) -> Track:
    """The track a record folder sits in: named by the innermost track directory above it.

    A track's own folder is in that track.
    """
    names = folder.split("/")
    for name in reversed(names):
        if is_track(name):
            return track_named(name)
    return Track.OTHER if _RECORDS in names else Track.NONE


def track_named(text: str) -> Track:
    """The track that a directory name or the `track` field of a submission's JSON means."""
    if _NON_RECORD.search(text):
        return Track.NON_RECORD
    return Track.TEN_MINUTES if _TEN_MINUTES.search(text) else Track.OTHER


def day_in(text: str) -> date | None:
    """The first calendar day written in `text`, year first or year last, or `None`.

    Years outside 2000-2099 and impossible days do not count. A day such as `30-04-2026` is read
    day first; `04-30-2026` is possible only month first and read so.
    """
    for match in _YEAR_FIRST.finditer(text):
        year, separator, month, day = match.groups()
        if separator or (len(month) == 2 and len(day) == 2):
            found = _day(int(year), int(month), int(day))
            if found:
                return found
    for match in _YEAR_LAST.finditer(text):
        first, _, second, year = match.groups()
        found = _day(int(year), int(second), int(first)) or _day(int(year), int(first), int(second))
        if found:
            return found
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def is_python(path: str) -> bool:
    """Whether the name is that of a Python source file."""
    return path.lower().endswith(".py")


def is_readme(path: str) -> bool:
    """Whether the name is that of a README."""
    stem, suffix = posixpath.splitext(posixpath.basename(path).lower())
    return stem == "readme" and suffix in ("", ".md", ".markdown", ".rst", ".txt")


def is_metadata(path: str) -> bool:
    """Whether the name is that of the JSON that describes a submission."""
    name = posixpath.basename(path).lower()
    return name.endswith(".json") and "submission" in name
