"""Which switches the submitted run had on, and who says so.

Scripts read their hyper-parameters from the environment. The same routine is dead code in one
submission and the headline of the next, so the value that counts is that of the submitted run: what
its log printed, else the command in the documentation or a run script, else the code's own default.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from auditor.findings import Location
from auditor.texts import TextLines


class SettingSource(StrEnum):
    """Who fixes the value of a setting, strongest first."""

    LOG = "log"
    COMMAND = "command"
    TITLE = "title"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of one environment switch in the submitted run.

    Attributes:
        name: name of the environment variable.
        value: its value as text, or `None` where it is not set.
        source: who says so.
        where: the line that says so, where there is one.
    """

    name: str
    value: str | None
    source: SettingSource
    where: Location | None = None


_PAIR = re.compile(
    r"(?<![\w./-])([A-Za-z_][A-Za-z0-9_]{2,48})\s*[:=]\s*"
    r"('[^']*'|\"[^\"]*\"|[^\s,;|)\]}'\"]+)"
)
_ASSIGNMENT = re.compile(
    r"(?<![\w$.{/-])([A-Z][A-Z0-9_]{2,48})=(\"[^\"]*\"|'[^']*'|[^\s\\`;&|#,)]*)"
)
_OPTION = re.compile(r"(?<!\S)--([A-Za-z][A-Za-z0-9_-]+)(?:[= ]([^\s\\`;&|-][^\s\\`;&|]*))?")
_RUNS = re.compile(r"\b(?:torchrun|python3?|accelerate|deepspeed)\b.*?([\w./-]+\.py)\b")
_WORDS = {"true": "1", "false": "0", "none": "", "null": ""}
_LINES_FROM_START = 600
"""A run prints its settings before its first training step; later lines are read only for pairs
that introduce a phase."""


class Settings:
    """The switches of the submitted run, by name, and a record of those that the code asked for."""

    def __init__(
        self,
        logs: Sequence[TextLines] = (),
        commands: Sequence[TextLines] = (),
        titles: Sequence[str] = (),
    ) -> None:
        self._logged = _from_logs(logs)
        self._commanded = _from_commands(commands)
        self.options = _options(commands)
        self._named = frozenset() if logs else _title_words(titles)
        self._asked: dict[str, str | None] = {}

    def value(self, name: str, default: str | None = None) -> Setting | None:
        """What the run's files say of a variable, `None` where they say nothing.

        Args:
            name: the variable.
            default: what the code falls back to, where that is known.
        """
        stated = self._logged.get(name.lower()) or self._commanded.get(name)
        if stated is None and default in _OFF and self._is_named(name):
            return Setting(name, "1", SettingSource.TITLE)
        return stated

    def _is_named(self, name: str) -> bool:
        """Whether the submission's title has all telling words of a switch's name."""
        words = frozenset(name.lower().split("_")) - _GENERAL
        return bool(words) and words <= self._named

    def disregard(self, names: Iterable[str]) -> None:
        """Forgets what commands say of some variables, because they belong to another run."""
        for name in names:
            self._commanded.pop(name, None)
        self._asked.clear()

    def asked(self, name: str, default: str | None) -> None:
        """Notes that the code reads a variable and what it falls back to."""
        self._asked.setdefault(name, default)

    def used(self) -> tuple[Setting, ...]:
        """Every variable that the code reads, sorted by name."""
        found = []
        for name, default in sorted(self._asked.items()):
            stated = self.value(name, default)
            if stated is not None:
                found.append(Setting(name, stated.value, stated.source, stated.where))
            else:
                found.append(Setting(name, default, SettingSource.DEFAULT))
        return tuple(found)


_OFF = ("0", "False", "false")
_GENERAL = frozenset(
    {"enabled", "enable", "use", "eval", "on", "mode", "do", "run", "with", "final", "is"}
)
_NEGATED = re.compile(r"\b(?:no|non|without|not)[ -]+[\w-]+", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+")


def _title_words(titles: Iterable[str]) -> frozenset[str]:
    """The words of titles in lower case; `n-gram` also as `ngram`, `TwoPass` as two words."""
    words: set[str] = set()
    for title in titles:
        told = _NEGATED.sub(" ", title)
        parts = [part.lower() for part in _CAMEL.split(told) if part]
        words.update(parts)
        words.update(left + right for left, right in pairwise(parts))
        words.update(part.lower() for part in re.split(r"[^A-Za-z0-9]+", told))
    return frozenset(words - {""})


# --- logs ----------------------------------------------------------------------------------------


def _from_logs(logs: Sequence[TextLines]) -> dict[str, Setting]:
    """Names in lower case -> the value that most logs print."""
    votes: dict[str, Counter[str]] = {}
    places: dict[tuple[str, str], Location] = {}
    for log in logs:
        seen: set[str] = set()
        for number, name, value in logged_pairs(log):
            if name in seen:
                continue
            seen.add(name)
            votes.setdefault(name, Counter())[value] += 1
            places.setdefault((name, value), Location(log.file, number, number))
    chosen: dict[str, Setting] = {}
    for name, counted in votes.items():
        value = counted.most_common(1)[0][0]
        where = places[name, value]
        chosen[name] = Setting(name, value, SettingSource.LOG, where)
    return chosen


def logged_pairs(log: TextLines) -> Iterator[tuple[int, str, str]]:
    """Line, lower-case name and value of the `name: value` pairs that a run prints as it starts."""
    for position, (number, line) in enumerate(log.lines):
        if len(line) > 2000 or (position > _LINES_FROM_START and "start" not in line):
            continue
        if ":" not in line and "=" not in line:
            continue
        for match in _PAIR.finditer(line):
            yield number, match[1].lower(), _plain(match[2])


def _plain(value: str) -> str:
    value = value.strip("'\"")
    return _WORDS.get(value.lower(), value)


# --- commands ------------------------------------------------------------------------------------


def _from_commands(texts: Iterable[TextLines]) -> dict[str, Setting]:
    """Names -> the value in the command that starts the run; the first text that has it counts.

    Several commands in one text (an ablation beside the submitted run) agree on most names; where
    they do not, the value given most often counts, then the first. A name that the first command
    leaves to the code, and most others too, is of a variation that was not submitted.
    """
    chosen: dict[str, Setting] = {}
    for text in texts:
        varied = _varied(text)
        votes: dict[str, Counter[str]] = {}
        places: dict[tuple[str, str], Location] = {}
        for number, line in text.lines:
            for match in _ASSIGNMENT.finditer(line):
                name, value = match[1], match[2].strip("'\"")
                if (number, name) in varied:
                    continue
                if "$" in value:
                    value = _shell_default(value)
                votes.setdefault(name, Counter())[value] += 1
                places.setdefault((name, value), Location(text.file, number, number))
        for name, counted in votes.items():
            if name not in chosen:
                value = counted.most_common(1)[0][0]
                chosen[name] = Setting(name, value, SettingSource.COMMAND, places[name, value])
    return chosen


def _varied(text: TextLines) -> frozenset[tuple[int, str]]:
    """Lines and names of what further commands set, and the first and most do not."""
    runs: dict[str, list[dict[str, int]]] = {}
    names: dict[str, int] = {}
    for number, line in text.lines:
        names.update((match[1], number) for match in _ASSIGNMENT.finditer(line))
        started = _RUNS.search(line)
        if started:
            runs.setdefault(started[1], []).append(names)
        if started or not line.rstrip().endswith("\\"):
            names = {}
    return frozenset(
        (number, name)
        for commands in runs.values()
        for command in commands
        for name, number in command.items()
        if name not in commands[0] and sum(name in one for one in commands) * 2 < len(commands)
    )


def _shell_default(value: str) -> str:
    """`${NAME:-value}` means `value` unless the caller says otherwise."""
    match = re.fullmatch(r"\$\{\w+:?[-=](.*)\}", value)
    return match[1] if match else value


def _options(texts: Iterable[TextLines]) -> dict[str, str]:
    """Command-line options (`--ttt-epochs 5`) of the lines that start a Python script."""
    found: dict[str, str] = {}
    for text in texts:
        open_command = False
        for _, line in text.lines:
            if _RUNS.search(line) or open_command:
                for match in _OPTION.finditer(line):
                    found.setdefault(match[1].replace("-", "_"), match[2] or "1")
                open_command = line.rstrip().endswith("\\")
    return found


def script_started(texts: Iterable[TextLines]) -> str | None:
    """The Python script that the first command starts, as it is written there."""
    for text in texts:
        for _, line in text.lines:
            match = _RUNS.search(line)
            if match:
                return match[1]
    return None
