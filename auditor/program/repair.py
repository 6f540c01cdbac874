"""Rewrites valid but unusual Python into a spelling that LibCST accepts, line for line.

LibCST demands white space between a keyword and a bracket or string next to it in places where
Python does not, as minifiers know; it refuses a leading backslash; and it builds a chain of
adjacent string literals by recursion.
"""

from __future__ import annotations

import re

from auditor.program.scan import scan

_KEYWORDS = (
    "and|as|assert|async|await|elif|else|except|for|from|if|import|in|is|lambda|not|or|return|"
    "while|with|yield"
)
_AFTER_KEYWORD = re.compile(rf"\b({_KEYWORDS})(?=[\[({{\"'\-~])")
_BEFORE_KEYWORD = re.compile(rf"(?<=[\])}}\"'])({_KEYWORDS})\b")
_AFTER_NUMBER = re.compile(
    r"(?<![\w.])(0[xX][\da-fA-F_]+|\d[\w.]*?)(and|as|else|for|if|in|is|or)\b"
)
_ADJACENT = re.compile(r"(?:\s|\\\n)*\Z")

MAX_ADJACENT = 64
"""Longest run of adjacent string literals that is left as it is."""


def repaired(text: str) -> str:
    """The same program in LibCST's spelling; line numbers are kept.

    Raises:
        BadText, TooDeep: as `scan`.
    """
    while text.startswith("\\\n"):
        text = "\n" + text[2:]
    strings = scan(text).strings
    pieces: list[str] = []
    position = 0
    for start, end in strings:
        pieces.append(_spaced(text[position:start]))
        if pieces[-1] and pieces[-1][-1].isalnum():
            pieces.append(" ")
        pieces.append(text[start:end])
        position = end
        if re.match(rf"(?:{_KEYWORDS})\b", text[position : position + 8]):
            pieces.append(" ")
    pieces.append(_spaced(text[position:]))
    return _joined("".join(pieces))


def _spaced(code: str) -> str:
    code = _AFTER_KEYWORD.sub(r"\1 ", code)
    code = _BEFORE_KEYWORD.sub(r" \1", code)
    return _AFTER_NUMBER.sub(r"\1 \2", code)


def _joined(text: str) -> str:
    """Joins long runs of adjacent plain strings; the lines they took follow the joined literal."""
    strings = scan(text).strings
    runs: list[list[tuple[int, int]]] = []
    for span in strings:
        if runs and _ADJACENT.fullmatch(text, runs[-1][-1][1], span[0]):
            runs[-1].append(span)
        else:
            runs.append([span])
    pieces: list[str] = []
    position = 0
    for run in runs:
        if len(run) <= MAX_ADJACENT:
            continue
        first, last = run[0][0], run[-1][1]
        literals = [text[start:end] for start, end in run]
        kind = re.match(r"[a-zA-Z]*", literals[0])
        prefix = kind.group() if kind is not None else ""
        if any(
            not re.fullmatch(rf"{prefix}(['\"])(?!\1).*\1", item, re.DOTALL) for item in literals
        ):
            continue
        values = "".join(item[len(prefix) + 1 : -1].replace('"', '\\"') for item in literals)
        pieces += [
            text[position:first],
            f'{prefix}"{values}"',
            "\n" * text.count("\n", first, last),
        ]
        position = last
    pieces.append(text[position:])
    return "".join(pieces)
