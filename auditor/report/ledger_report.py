"""The table of claimed, logged and recomputed figures, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict
from rich.table import Table
from rich.text import Text

from auditor.evidence.ledger import Entry, Figure
from auditor.findings import Location
from auditor.report.escape import as_json, for_json, for_terminal, json_number
from auditor.report.view import within

SCHEMA_VERSION: Final = "1.0"
_MARKS = {True: "", False: "≠", None: ""}
_WHOLE_UNITS = ("bytes", "tokens", "")
_PLACE_LIMIT = 60

Written = Annotated[str, BeforeValidator(for_json)]
Number = Annotated[float | int | str, BeforeValidator(json_number)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FigurePart(_Part):
    """One figure: its number, the line that states it, and how it was recomputed."""

    value: Number
    file: Written | None = None
    line: int | None = None
    how: Written = ""


class EntryPart(_Part):
    """One quantity; `agrees` is null where there are not two figures to compare."""

    what: str
    unit: str
    seed: int | None
    claimed: FigurePart | None
    logged: FigurePart | None
    recomputed: FigurePart | None
    agrees: bool | None


class LedgerReport(_Part):
    """All figures of one submission."""

    schema_version: str = SCHEMA_VERSION
    pr: int | None
    folder: Written
    entries: tuple[EntryPart, ...]


def report(entries: Sequence[Entry], folder: str, pr: int | None) -> LedgerReport:
    """The entries as types."""
    return LedgerReport(pr=pr, folder=folder, entries=tuple(_entry(entry) for entry in entries))


def render_json(made: LedgerReport) -> str:
    """The report for programs."""
    return as_json(made.model_dump(mode="json"))


def table(made: LedgerReport) -> Table:
    """The report for people; `≠` marks figures that disagree."""
    shown = Table(box=None, pad_edge=False)
    for heading in ("", "figure", "seed", "claimed", "logged", "recomputed", "from"):
        right = heading in ("seed", "claimed", "logged", "recomputed")
        shown.add_column(heading, justify="right" if right else "left", no_wrap=heading != "from")
    for entry in made.entries:
        figures = (entry.claimed, entry.logged, entry.recomputed)
        mark = Text(_MARKS[entry.agrees], style="bold red")
        name = f"{entry.what}, {entry.unit}" if entry.unit else entry.what
        seed = "" if entry.seed is None else str(entry.seed)
        cells = [Text(_number(figure, entry.unit)) for figure in figures]
        shown.add_row(mark, Text(name), Text(seed), *cells, Text(_sources(figures, made.folder)))
    return shown


def disagreements(made: LedgerReport) -> str:
    """How many figures disagree, as one line."""
    count = sum(entry.agrees is False for entry in made.entries)
    compared = sum(entry.agrees is not None for entry in made.entries)
    return f"{count} of {compared} figures that are stated more than once disagree."


def _entry(entry: Entry) -> EntryPart:
    return EntryPart(
        what=entry.what,
        unit=entry.unit,
        seed=entry.seed,
        claimed=_part(entry.claimed),
        logged=_part(entry.logged),
        recomputed=_part(entry.recomputed),
        agrees=entry.agrees,
    )


def _part(figure: Figure | None) -> FigurePart | None:
    if figure is None:
        return None
    where: Location | None = figure.where
    whole = float(figure.value).is_integer()
    return FigurePart(
        value=int(figure.value) if whole else figure.value,
        file=None if where is None else where.file,
        line=None if where is None else where.line_start,
        how=figure.how,
    )


def _number(figure: FigurePart | None, unit: str) -> str:
    if figure is None:
        return "-"
    if isinstance(figure.value, str):
        return for_terminal(figure.value, _PLACE_LIMIT)
    if unit in _WHOLE_UNITS:
        return f"{figure.value:,.0f}"
    return f"{figure.value:,.1f}" if unit == "s" else f"{figure.value:.5f}"


def _sources(figures: Sequence[FigurePart | None], folder: str) -> str:
    found = []
    for figure in figures:
        if figure is None:
            continue
        if figure.file is not None:
            place = f"{within(figure.file, folder)}:{figure.line}"
            found.append(for_terminal(place, _PLACE_LIMIT))
        if figure.how:
            found.append(for_terminal(figure.how))
    return "; ".join(dict.fromkeys(found))
