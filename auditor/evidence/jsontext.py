"""A reader for JSON that people wrote: keeps line numbers and reads on after a mistake."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field

#: Bounds on what is read; beyond them the rest of the document is a problem, not a crash.
MAX_DEPTH = 64
MAX_LEAVES = 20_000
_MAX_PROBLEMS = 20
_LONGEST_NUMBER = 400
_LONGEST_KEY = 200

_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:
        (?P<string>"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")
      | (?P<open>[{\[])
      | (?P<close>[}\]])
      | (?P<mark>[:,])
      | (?P<word>-?Infinity|NaN|true|false|null)(?![\w.])
      | (?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])
      | (?P<broken>"[^"\n]*"?|[^\s{}\[\]:,"]+|[\x00-\x1f])
    )""",
    re.VERBOSE,
)
_WORDS: dict[str, float | bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": math.nan,
    "Infinity": math.inf,
    "-Infinity": -math.inf,
}
_CLOSER = {"{": "}", "[": "]"}

_KINDS = {"{": "object", "[": "array"}

Scalar = str | int | float | bool | None
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is not a container.

    Attributes:
        path: keys and positions that lead to it; keys are cut after 200 characters.
        value: the value; an empty container is `None`.
        line: the line its key stands on, or its own inside a list.
    """

    path: Path
    value: Scalar
    line: int


@dataclass(frozen=True, slots=True)
class JsonProblem:
    """A place where the text is not JSON."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class JsonText:
    """What a text states as JSON.

    Attributes:
        kind: `object`, `array` or `scalar`; empty where the text holds no value.
        leaves: its values, in the order of the text.
        problems: where the text departs from JSON; empty for a valid document.
    """

    kind: str
    leaves: tuple[Leaf, ...]
    problems: tuple[JsonProblem, ...]


def read_json(text: str) -> JsonText:
    """Reads `text` as JSON, as far as possible; never raises."""
    reader = _Reader(text)
    reader.run()
    return JsonText(reader.kind, tuple(reader.leaves), tuple(reader.problems))


@dataclass(slots=True)
class _Open:
    """A container that is being read; `key` is the key or position of the member at hand."""

    bracket: str
    line: int
    key: str | int | None = None
    key_line: int = 0
    expects: str = "member"  # member, colon, value or comma
    members: int = 0


@dataclass(slots=True)
class _Reader:
    text: str
    kind: str = ""
    leaves: list[Leaf] = field(default_factory=list)
    problems: list[JsonProblem] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    line: int = 1
    position: int = 0
    stopped: bool = False

    def run(self) -> None:
        while not self.stopped:
            match = _TOKEN.match(self.text, self.position)
            if match is None:
                break
            start = match.start(match.lastgroup or 0)
            self.line += self.text.count("\n", self.position, start)
            self.take(match)
            self.position = match.end()
        if self.stopped:
            return
        for container in reversed(self.stack):
            self.complain("ends before the bracket is closed", container.line)
        if not self.kind:
            self.complain("holds no value", 1)

    def take(self, match: re.Match[str]) -> None:
        token = match[match.lastgroup or 0]
        if self.kind and not self.stack:
            self.stop("text after the end of the document")
        elif match.lastgroup == "close":
            self.close(token)
        elif match.lastgroup == "mark":
            self.mark(token)
        elif match.lastgroup == "open":
            self.open(token)
        elif self.stack and self.stack[-1].bracket == "{" and self.stack[-1].expects != "value":
            self.take_key(match)
        else:
            self.take_value(match)

    def take_key(self, match: re.Match[str]) -> None:
        container = self.stack[-1]
        if container.expects == "colon":
            self.complain("a colon is missing")
            self.take_value(match)
            return
        if container.expects == "comma":
            self.complain("a comma is missing")
        if match.lastgroup != "string":
            self.complain("a key must be a string in double quotes")
        container.key = str(self.scalar(match))[:_LONGEST_KEY]
        container.key_line = self.line
        container.expects = "colon"

    def take_value(self, match: re.Match[str]) -> None:
        value = self.scalar(match)
        self.before_value()
        if len(self.leaves) >= MAX_LEAVES:
            self.stop(f"more than {MAX_LEAVES:,} values")
            return
        self.leaves.append(Leaf(self.path(), value, self.leaf_line()))
        self.after_value()
        self.kind = self.kind or "scalar"

    def open(self, bracket: str) -> None:
        if self.stack and self.stack[-1].bracket == "{" and self.stack[-1].expects != "value":
            self.complain("a key is missing")
        self.before_value()
        self.kind = self.kind or _KINDS[bracket]
        if len(self.stack) >= MAX_DEPTH:
            self.stop(f"nested deeper than {MAX_DEPTH} levels")
            return
        self.stack.append(_Open(bracket, self.line))

    def close(self, bracket: str) -> None:
        if not self.stack or _CLOSER[self.stack[-1].bracket] != bracket:
            self.complain(f"unexpected `{bracket}`")
            return
        container = self.stack[-1]
        dangling = container.expects in ("colon", "value")
        if dangling or (container.expects == "member" and container.members):
            self.complain(f"a {'value' if dangling else 'member'} is missing before `{bracket}`")
        self.stack.pop()
        if not container.members and len(self.leaves) < MAX_LEAVES:
            self.leaves.append(Leaf(self.path(), None, self.leaf_line()))
        self.after_value()

    def mark(self, mark: str) -> None:
        container = self.stack[-1] if self.stack else None
        wanted = "colon" if mark == ":" else "comma"
        if container is None or container.expects != wanted:
            self.complain(f"unexpected `{mark}`")
            return
        container.expects = "value" if mark == ":" else "member"

    def before_value(self) -> None:
        if not self.stack:
            return
        container = self.stack[-1]
        if container.bracket == "[":
            if container.expects == "comma":
                self.complain("a comma is missing")
            container.key = container.members
            container.key_line = self.line
        elif container.expects != "value":
            container.key = container.key if container.expects == "colon" else ""
            container.key_line = container.key_line or self.line

    def after_value(self) -> None:
        if self.stack:
            self.stack[-1].members += 1
            self.stack[-1].expects = "comma"

    def path(self) -> Path:
        return tuple("" if container.key is None else container.key for container in self.stack)

    def leaf_line(self) -> int:
        return self.stack[-1].key_line if self.stack else self.line

    def scalar(self, match: re.Match[str]) -> Scalar:
        token = match[match.lastgroup or 0]
        if match.lastgroup == "word":
            return _WORDS[token]
        if match.lastgroup == "number":
            return self.number(token)
        if match.lastgroup == "string":
            try:
                return str(json.loads(token))
            except ValueError:
                self.complain("a string with an invalid escape")
                return token[1:-1]
        self.complain(f"`{token[:20]}` is not a JSON value")
        return token

    def number(self, token: str) -> Scalar:
        if len(token) > _LONGEST_NUMBER:
            self.complain("a number with too many digits")
            return None
        return int(token) if re.fullmatch(r"-?\d+", token) else float(token)

    def complain(self, message: str, line: int | None = None) -> None:
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(JsonProblem(self.line if line is None else line, message))

    def stop(self, message: str) -> None:
        self.complain(message)
        self.stopped = True
