"""One fast pass over source text before it meets the parser.

It answers two questions that LibCST cannot answer for us: is the nesting deep enough to exhaust the
parser's stack or memory (a hostile file would kill the process), and on which lines does each
logical line begin and end (LibCST's own positions cost more than its parse).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_DEPTH = 100
"""Deepest bracket nesting that is handed to the parser. CPython itself stops at 200; the deepest
of some 4,000 real scripts has 20."""

MAX_CHAIN = 1000
"""Most operators, operands and brackets that follow each other in one expression without a comma.
Parsers recurse on them, and 20,000 signs in a row take gigabytes; real scripts have 21."""

_SKIP = re.compile(r"[^#'\"()\[\]{}\n\r\\]+")
_PREFIX = re.compile(r"(?<![^\W\d_])(?<!\w)[rRbBuUfFtT]{1,2}$")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_OPENING, _CLOSING, _SEPARATORS = frozenset("([{"), frozenset(")]}"), frozenset(",;")


def _runs(plain: str, special: str) -> str:
    """A pattern for any mix of `plain` characters and `special` pieces, in linear time.

    A possessive repeat would say so, but early releases of CPython 3.11 do not match it.
    """
    return rf"{plain}*(?:{special}{plain}*)*"


def _string_end(quote: str) -> re.Pattern[str]:
    """The rest of a string literal, after its opening quote."""
    mark = quote[0]
    if len(quote) == 1:
        return re.compile(_runs(rf"[^\\{mark}\n\r]", r"\\(?s:\r\n|.)") + mark)
    lone = rf"{mark}(?!{mark}{mark})"
    return re.compile(_runs(rf"[^\\{mark}]", rf"(?:\\(?s:.)|{lone})") + quote)


_QUOTES = ("'''", '"""', "'", '"')
_STRING_END = {quote: _string_end(quote) for quote in _QUOTES}
_RAW_FSTRING = {quote: re.compile(_runs(rf"[^\\{quote[0]}{{}}]", r"\\(?s:.)")) for quote in _QUOTES}


class TooDeep(Exception):
    """An expression is nested deeper than the parser survives; the message says where."""


class BadText(Exception):
    """The text cannot be Python at all (an unclosed string or bracket); the message says where."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What the pass found.

    Attributes:
        lines: (first, last) line of each logical line, in order, comments and blanks left out.
        strings: (start, end) offsets of each string literal outside f-string fields.
    """

    lines: tuple[tuple[int, int], ...]
    strings: tuple[tuple[int, int], ...]


class _Scanner:
    """State of one pass. `closers` is the stack of brackets and f-strings that are still open."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.line = 1
        self.closers: list[str] = []
        self.first: int | None = None
        self.begin = 0
        self.strings_before = 0
        self.lines: list[tuple[int, int]] = []
        self.strings: list[tuple[int, int]] = []

    def run(self) -> Scan:
        text, size = self.text, len(self.text)
        while self.pos < size:
            skipped = _SKIP.match(text, self.pos)
            if skipped is not None:
                if self.first is None and not skipped.group().isspace():
                    self._mark()
                self.pos = skipped.end()
                if self.pos >= size:
                    break
            self._special(text[self.pos])
        if self.closers:
            raise BadText(f"a bracket or string is never closed (line {self.line})")
        self._end_line()
        return Scan(tuple(self.lines), tuple(self.strings))

    def _special(self, char: str) -> None:
        if char in "\n\r":
            self._newline()
        elif char == "#":
            self._comment()
        elif char == "\\":
            self._backslash()
        elif char in "'\"":
            self._string(char)
        elif char in "([{":
            self._mark()
            self._open(")" if char == "(" else "]" if char == "[" else "}")
            self.pos += 1
        else:
            self._close(char)

    def _comment(self) -> None:
        if any(closer in _STRING_END for closer in self.closers):
            self.pos += 1  # part of a format such as `{value:#x}`
            return
        end = self.text.find("\n", self.pos)
        self.pos = len(self.text) if end < 0 else end

    def _mark(self) -> None:
        """Notes that a logical line has begun."""
        if self.first is None:
            self.first, self.begin, self.strings_before = self.line, self.pos, len(self.strings)

    def _open(self, closer: str) -> None:
        if len(self.closers) >= MAX_DEPTH:
            raise TooDeep(f"brackets are nested more than {MAX_DEPTH} deep (line {self.line})")
        self.closers.append(closer)

    def _close(self, char: str) -> None:
        self._mark()
        if not self.closers or self.closers[-1] != char:
            raise BadText(f"unexpected {char!r} (line {self.line})")
        self.closers.pop()
        self.pos += 1
        if char == "}" and self.closers and self.closers[-1] in _STRING_END:
            self._fstring(self.closers[-1])

    def _newline(self) -> None:
        self.pos += 2 if self.text.startswith("\r\n", self.pos) else 1
        if not self.closers:
            self._end_line()
        self.line += 1

    def _end_line(self) -> None:
        if self.first is not None:
            self.lines.append((self.first, self.line))
            if self.pos - self.begin > MAX_CHAIN:
                self._check_chain(self.first)
            self.first = None

    def _check_chain(self, line: int) -> None:
        pieces, begin = [], self.begin
        for start, end in self.strings[self.strings_before :]:
            pieces.append(self.text[begin:start])
            begin = end
        pieces.append(self.text[begin : self.pos])
        if _longest_chain(" ".join(pieces)) > MAX_CHAIN:
            raise TooDeep(f"an expression has more than {MAX_CHAIN:,} parts in a row (line {line})")

    def _backslash(self) -> None:
        width = 2 if self.text.startswith("\r\n", self.pos + 1) else 1
        self._mark()
        self.pos += 1 + width
        self.line += 1

    def _string(self, char: str) -> None:
        self._mark()
        text, start = self.text, self.pos
        quote = char * 3 if text.startswith(char * 3, start) else char
        prefix = _PREFIX.search(text, max(0, start - 4), start)
        self.pos = start + len(quote)
        if prefix is not None and set(prefix.group()) & set("fFtT"):
            self._open(quote)
            self._fstring(quote)
            return
        end = _STRING_END[quote].match(text, self.pos)
        if end is None:
            raise BadText(f"a string is never closed (line {self.line})")
        self.pos = end.end()
        self.line += _newlines(text, start, self.pos)
        begin = prefix.start() if prefix is not None else start
        self.strings.append((begin, self.pos))

    def _fstring(self, quote: str) -> None:
        """Continues inside the text of an f-string up to its end or its next field."""
        text = self.text
        while True:
            chunk = _RAW_FSTRING[quote].match(text, self.pos)
            if chunk is not None:
                self.line += _newlines(text, self.pos, chunk.end())
                self.pos = chunk.end()
            if text.startswith(("{{", "}}"), self.pos):
                self.pos += 2
            elif text.startswith("{", self.pos):
                self._open("}")
                self.pos += 1
                return
            elif text.startswith(quote, self.pos):
                self.closers.pop()
                self.pos += len(quote)
                return
            elif self.pos < len(text):
                self.pos += 1  # a lone quote of a triple-quoted f-string, or `}` of a nested spec
            else:
                raise BadText(f"a string is never closed (line {self.line})")


def _longest_chain(code: str) -> int:
    """Most tokens of one bracket level between two separators; a bracket in it counts as one."""
    levels, longest = [0], 0
    for match in _TOKEN.finditer(code):
        token = match.group()
        if token in _SEPARATORS:
            levels[-1] = 0
        elif token in _CLOSING:
            if len(levels) > 1:
                levels.pop()
        else:
            levels[-1] += 1
            longest = max(longest, levels[-1])
            if token in _OPENING:
                levels.append(0)
    return longest


def _newlines(text: str, start: int, end: int) -> int:
    r"""Line breaks in `text[start:end]`, where `\r\n` and a bare `\r` count as one."""
    count = text.count("\n", start, end)
    if text.find("\r", start, end) >= 0:
        count += text.count("\r", start, end) - text.count("\r\n", start, end)
    return count


def scan(text: str) -> Scan:
    """Scans one text of code.

    Raises:
        TooDeep: handing the text to the parser would endanger the process.
        BadText: no parser would accept the text.
    """
    return _Scanner(text).run()
