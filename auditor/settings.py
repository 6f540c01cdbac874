"""Which switches the submitted run had on, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from auditor.findings import Location


class SettingSource(StrEnum):
    """Who fixes the value of a setting, strongest first."""

    LOG = "log"
    COMMAND = "command"
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
