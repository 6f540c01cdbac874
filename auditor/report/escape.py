"""Makes text from a submission safe for each place a report is read in.

A file name, a log line or a string literal can carry terminal escapes, forged workflow commands,
mentions and HTML. Earlier stages hand such text on unchanged, so every renderer passes what it
shows through one of the functions here.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator

LINE_LIMIT = 400
BLOCK_LIMIT = 2_000
BLOCK_LINES = 30
JSON_LIMIT = 10_000

# Stands where something was taken out, so that an altered name does not pass for a plain one.
_REMOVED = "\N{REPLACEMENT CHARACTER}"
_MAX_MARKS = 3  # combining marks on one character; more only paint over the neighbouring lines
_SAFE_INTEGER = 2**53 - 1  # above it, readers that use doubles change the value

# Letters, marks and symbols that show nothing, which Unicode does not put in a control category.
_BLANK = frozenset(
    (
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
        *(*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE1000)),
    )
)
_COMMAND = re.compile(r"::(?=[A-Za-z])")
_PLACEHOLDER = re.compile(r"\{(?=\d+\})")
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>()#+!|~&$-]")
_CODE = re.compile(r"`[^`]+`|(?:@|#|GH-)\w[\w/-]*")


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """The visible characters of a text, in one line, with line breaks and tabs as spaces."""
    kept = text[:limit]
    if not (kept.isascii() and kept.isprintable()):
        kept = "".join(_visible(kept))
    return kept + _ellipsis(len(text) - limit)


def block(text: str, limit: int = BLOCK_LIMIT, lines: int = BLOCK_LINES) -> str:
    """Like `one_line`, where several lines are meant: keeps line breaks, and indentation."""
    found = text[:limit].splitlines()
    kept = ["".join(_visible(line)).rstrip(" ") for line in found[:lines]]
    if len(found) > lines:
        kept.append(f"… ({len(found) - lines} more lines)")
    return "\n".join(kept).strip("\n") + _ellipsis(len(text) - limit)


def for_terminal(text: str, limit: int = LINE_LIMIT) -> str:
    """Text for a terminal or a job log, to be wrapped in `rich.text.Text`, never in markup.

    A job log is also read by the workflow runner: text that could start a command is broken up.
    """
    return _without_commands(one_line(text, limit))


def for_markdown_code(text: str, limit: int = LINE_LIMIT) -> str:
    """A code span that the text cannot leave."""
    content = _inert(one_line(text, limit)).strip(" ") or "(empty)"
    ticks = "`" * (_longest_run(content) + 1)
    padding = " " if content[0] == "`" or content[-1] == "`" else ""
    return f"{ticks}{padding}{content}{padding}{ticks}"


def for_markdown_fence(text: str, info: str = "text", limit: int = BLOCK_LIMIT) -> str:
    """A fenced block that the text cannot leave; it has to start at the beginning of a line."""
    content = _inert(block(text, limit)) or "(empty)"
    ticks = "`" * max(3, _longest_run(content) + 1)
    return f"{ticks}{info}\n{content}\n{ticks}"


def for_markdown_prose(text: str) -> str:
    """Words of our own, shown literally but for `code`, without notifying anybody they name.

    Not for text from a submission: GitHub reads mentions even where Markdown is escaped, which is
    why words that could be one go into a code span here.
    """
    parts: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        parts.append(_MARKDOWN.sub(r"\\\g<0>", text[end : code.start()]))
        parts.append(for_markdown_code(code.group().strip("`")))
        end = code.end()
    parts.append(_MARKDOWN.sub(r"\\\g<0>", text[end:]))
    return "".join(parts).replace("\n", " ")


def for_workflow_data(text: str, limit: int = BLOCK_LIMIT) -> str:
    """The message of a GitHub workflow command."""
    return block(text, limit).replace("%", "%25").replace("\n", "%0A")


def for_workflow_property(text: str, limit: int = LINE_LIMIT) -> str:
    """A property of a GitHub workflow command, such as `file` or `title`."""
    escaped = one_line(text, limit).replace("%", "%25")
    return escaped.replace(":", "%3A").replace(",", "%2C")


def for_sarif_message(text: str, limit: int = LINE_LIMIT) -> str:
    """Message text in which a SARIF viewer sees neither a link nor a placeholder."""
    return _PLACEHOLDER.sub("{ ", one_line(text, limit).replace("](", "] ("))


def for_json(text: str, limit: int = JSON_LIMIT) -> str:
    """Text that UTF-8 can carry: everything but lone surrogates is kept as it is."""
    kept = text[:limit].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return kept + _ellipsis(len(text) - limit)


def json_number(value: float | int | str) -> float | int | str:
    """A stated value, as text where JSON has no such number (`nan`) or readers would round it."""
    if isinstance(value, str):
        return for_json(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if abs(value) <= _SAFE_INTEGER else str(value)


def as_json(value: object) -> str:
    """JSON text in plain ASCII, so that it is inert in a terminal and in a job log too.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False)
    # The workflow runner looks for this prefix anywhere in a line; the escape means the same.
    return text.replace("##[", "##\\u005b") + "\n"


def _visible(text: str) -> Iterator[str]:
    """The characters of a line that show something; a run of others becomes one mark."""
    marks = _MAX_MARKS  # a mark at the start would land on a character of ours
    removed = False
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if category == "Zs" or char in "\t\n\r\v\f\u2028\u2029\x85":
            yield " "
        elif category[0] not in "CZ" and ord(char) not in _BLANK and marks <= _MAX_MARKS:
            yield char
        else:
            if not removed:
                yield _REMOVED
            removed = True
            continue
        removed = False


def _ellipsis(missing: int) -> str:
    if missing <= 0:
        return ""
    return f"… ({missing:,} more character{'s' if missing > 1 else ''})"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _without_commands(text: str) -> str:
    return _COMMAND.sub(": :", text).replace("##[", "## [")


def _inert(text: str) -> str:
    """Breaks what means something even inside code: comment markers and workflow commands."""
    return _without_commands(text).replace("<!--", "<! --")
