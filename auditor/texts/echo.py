"""Tells the lines that a run printed from the copy of its source that many logs carry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.texts.lines import numbered_lines

#: A statement of Python as it stands at the start of a line, minified or not.
_STATEMENT = re.compile(
    r"\s*(?:import \w|from [\w.]+ import |def \w+\(|class \w+|return\b|@\w|raise \w|assert "
    r"|(?:if|elif|for|while|with|except)\b.*:\s*(?:#.*)?$|(?:else|try|finally):"
    r"|self\.\w+|[A-Za-z_][\w.\[\], ]* = \S"
    r"|[A-Za-z_]\w*=(?:['\"\[({]|[A-Za-z_][\w.]*[(\[]))"
    r"|\s+(?:if|elif|for|while|with)\b.*:"
)
#: Lines that only a running program prints, at the very start of the line.
_PRINTED = re.compile(
    r"={40,}\s*$|step:\d+/\d+ |\d+/\d+ (?:train|val)_loss|warmup_step: ?\d|Running Py\w+ \d"
    r"|\+-{20,}|val_bpb:enabled |train_loader:dataset|stopping_early: |[WEI]\d{4} \d\d:"
)
#: A longer line is data or a packed script; only its equality with a source tells.
_LONGEST_STATEMENT = 2_000
#: A traceback or a pasted helper shows a few statements; a script has hundreds.
_FEWEST_STATEMENTS = 20
#: Docstrings and tables in a source are long; what a run prints is told by `_PRINTED`.
_LONGEST_GAP = 80
#: After its last statement a source may close brackets and call `main()`.
_LONGEST_TAIL = 10
#: Fewer equal lines in a row may be coincidence, such as a banner the script prints.
_FEWEST_EQUAL = 5


def runtime_lines(text: str, sources: Sequence[str] = ()) -> Iterator[tuple[int, str]]:
    """The lines of a log with their numbers, without those of an echoed source.

    A block counts as echoed where it repeats lines of one of `sources` and has statements among
    them, or where it is a long run of Python statements, whoever wrote them. A line inside such a
    block is never taken for something the run reported.

    Args:
        text: the decoded log.
        sources: the texts of the scripts that may have been echoed, in any layer.
    """
    numbered = list(numbered_lines(text))
    if "import " not in text:
        yield from numbered
        return
    lines = [line for _, line in numbered]
    position = 0
    for start, end in _echoed(lines, sources):
        yield from numbered[position:start]
        position = end
    yield from numbered[position:]


def echoed_blocks(text: str, sources: Sequence[str] = ()) -> Iterator[tuple[int, list[str]]]:
    """The blocks of a log that carry source, each with the number of its first line."""
    numbered = list(numbered_lines(text))
    if "import " not in text:
        return
    lines = [line for _, line in numbered]
    for start, end in _echoed(lines, sources):
        yield numbered[start][0], lines[start:end]


def _echoed(lines: Sequence[str], sources: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Spans of echoed source, `end` exclusive, in order and apart from each other."""
    equal = _equal_to_source(lines, sources)
    first = last = -1
    statements = 0
    surely = False
    for i, line in enumerate(lines):
        printed = not equal[i] and _PRINTED.match(line)
        if first >= 0 and (printed or i - last > _LONGEST_GAP):
            if surely or statements >= _FEWEST_STATEMENTS:
                yield _docstring_start(lines, first), _separator_after(lines, last)
            first, statements, surely = -1, 0, False
        if equal[i] or (not printed and _is_statement(line)):
            first = i if first < 0 else first
            last = i
            statements += 1
            surely = surely or equal[i]
    if first >= 0 and (surely or statements >= _FEWEST_STATEMENTS):
        yield _docstring_start(lines, first), _separator_after(lines, last)


def _equal_to_source(lines: Sequence[str], sources: Sequence[str]) -> list[bool]:
    """For each line whether it stands in a block that repeats the source, statements included."""
    known = {line.strip() for source in sources for line in source.splitlines()}
    known.discard("")
    flags = [False] * len(lines)
    if not known:
        return flags
    block: list[int] = []
    for i, line in enumerate([*lines, "\0"]):
        stripped = line.strip()
        if stripped in known:
            block.append(i)
        elif stripped:
            # Without a statement it is a banner, or a result pasted into a docstring.
            if len(block) >= _FEWEST_EQUAL and any(_is_statement(lines[j]) for j in block):
                for j in range(block[0], block[-1] + 1):
                    flags[j] = True
            block = []
    return flags


def _is_statement(line: str) -> bool:
    return len(line) <= _LONGEST_STATEMENT and _STATEMENT.match(line) is not None


def _docstring_start(lines: Sequence[str], first: int) -> int:
    """Where the source begins whose first statement is at `first`: its docstring is above."""
    start = first
    for i in range(first - 1, max(-1, first - _LONGEST_GAP), -1):
        if _PRINTED.match(lines[i]):
            break
        if lines[i].startswith(('"""', "'''", '"', "#!")):
            start = i
    return start


def _separator_after(lines: Sequence[str], last: int) -> int:
    """Where the source ends whose last statement is at `last`: at a separator close below."""
    for i in range(last + 1, min(len(lines), last + _LONGEST_TAIL)):
        if lines[i].startswith("====="):
            return i
    return last + 1
