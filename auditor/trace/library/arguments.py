"""`argparse`: options with the values of the submitted run, else their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace.graph import Const, Value
from auditor.trace.objects import ClassObj, Ext, Function, Instance, Tup

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

Keywords = dict[str, Value]

_FLAGS = {"store_true": False, "store_false": True}


class Arguments:
    """Command-line parsers."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine

    def call(self, path: str) -> Value | None:
        """A model of the call, `None` where it makes no parser."""
        if path in ("argparse.ArgumentParser", "configargparse.ArgumentParser"):
            made = Instance(None, "parser", self.m.heap.loop, self.m.heap.stmt)
            self.m.heap.put(made.cells, "options", self.m.containers.new_dict({}))
            return made
        return None

    def method(self, parser: Instance, name: str, args: list[Value], keywords: Keywords) -> Value:
        """A method of a parser, or of a group of its options."""
        if name == "add_argument":
            self._add(parser, args, keywords)
        elif name in ("parse_args", "parse_known_args"):
            found = self._parse(parser)
            if name == "parse_args":
                return found
            return Tup((found, self.m.containers.new_list([])))
        elif name in ("add_argument_group", "add_mutually_exclusive_group", "add_parser",
                      "add_subparsers"):  # fmt: skip
            return parser
        elif name == "set_defaults":
            options = parser.cells["options"]
            for key, value in keywords.items():
                self.m.items.write(options, self.m.heap.const(key), value)
        return self.m.heap.const(None)

    def _add(self, parser: Instance, args: list[Value], keywords: Keywords) -> None:
        names = [a.value for a in args if isinstance(a, Const) and isinstance(a.value, str)]
        dest = keywords.get("dest")
        if isinstance(dest, Const):
            key = str(dest.value)
        elif names:
            key = max(names, key=len).lstrip("-").replace("-", "_")
        else:
            return
        value = self._value(key, keywords)
        self.m.items.write(parser.cells["options"], self.m.heap.const(key), value)

    def _value(self, key: str, keywords: Keywords) -> Value:
        action = keywords.get("action")
        flag = _FLAGS.get(str(action.value)) if isinstance(action, Const) else None
        given = self.m.world.option(key)
        if flag is not None:
            return self.m.heap.const(flag if given is None else not flag)
        kind = keywords.get("type")
        if given is not None:
            text = self.m.heap.const(given, frozenset({f"--{key}"}))
            if isinstance(kind, Ext | Function | ClassObj):
                return self.m.calls.call(kind, [text], {}, None)
            return text
        return keywords.get("default", self.m.heap.const(None))

    def _parse(self, parser: Instance) -> Value:
        made = Instance(None, "namespace", self.m.heap.loop, self.m.heap.stmt)
        options = parser.cells["options"]
        for key, value in self.m.containers.text_keys(options).items():  # type: ignore[arg-type]
            self.m.heap.put(made.cells, key, value)
        return made
