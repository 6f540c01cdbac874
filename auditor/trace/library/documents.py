"""JSON and TOML that a submission ships: its configuration, as the values it stands for."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

from auditor.trace.graph import Const, Node, Value
from auditor.trace.objects import DictObj

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

PARSERS = {
    "json.load": "json",
    "json.loads": "json",
    "orjson.loads": "json",
    "tomllib.load": "toml",
    "tomllib.loads": "toml",
    "tomli.load": "toml",
    "tomli.loads": "toml",
}
"""Library calls that read such a text, with its format."""

_MAX_TEXT = 200_000
_MAX_DEPTH = 12


def parsed(machine: Machine, text: Node, how: str) -> Value | None:
    """The values in a text that is known, `None` where it is not one of these formats."""
    data = text.value if isinstance(text, Const) else None
    if not isinstance(data, str | bytes) or len(data) > _MAX_TEXT:
        return None
    try:
        words = data.decode() if isinstance(data, bytes) else data
        found = json.loads(words) if how == "json" else tomllib.loads(words)
    except (ValueError, RecursionError):
        return None
    return _value(machine, found, 0)


def _value(machine: Machine, found: object, depth: int) -> Value:
    if depth < _MAX_DEPTH and isinstance(found, dict):
        made = DictObj(machine.heap.loop, machine.heap.stmt)
        for key, item in found.items():
            machine.heap.put(made.cells, ("k", key), _value(machine, item, depth + 1))
        return made
    if depth < _MAX_DEPTH and isinstance(found, list):
        return machine.containers.new_list([_value(machine, item, depth + 1) for item in found])
    return machine.heap.const(found)
