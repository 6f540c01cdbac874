"""Values that a program reads from a JSON or TOML file which the submission ships."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from auditor.trace.graph import Const, Value

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

MAX_TEXT = 200_000
"""Largest text that is read, in characters; a configuration is far smaller."""

MAX_VALUES = 2_000
"""Most values of one text that are made."""

JSON = frozenset({"json.load", "json.loads", "orjson.loads", "simplejson.load", "simplejson.loads"})
TOML = frozenset({"tomllib.load", "tomllib.loads", "tomli.load", "tomli.loads"})


def read(machine: Machine, reader: str, content: Value) -> Value | None:
    """What `reader` makes of a content, `None` where that is not known."""
    text = content.value if isinstance(content, Const) else None
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        return None
    try:
        data = json.loads(text) if reader in JSON else tomllib.loads(text)
        return _made(machine, data) if _count(data) <= MAX_VALUES else None
    except (ValueError, RecursionError):
        return None


def _count(data: Any) -> int:
    if isinstance(data, dict):
        return 1 + sum(_count(part) for part in data.values())
    if isinstance(data, list):
        return 1 + sum(_count(part) for part in data)
    return 1


def _made(machine: Machine, data: Any) -> Value:
    if isinstance(data, dict):
        return machine.containers.new_dict({k: _made(machine, v) for k, v in data.items()})
    if isinstance(data, list):
        return machine.containers.new_list([_made(machine, part) for part in data])
    return machine.heap.const(data)
