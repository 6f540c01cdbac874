"""What the text of a path tells: which file it names, and which tokens that file holds."""

from __future__ import annotations

import fnmatch
import re
from enum import StrEnum

from auditor.trace.graph import Const, Node
from auditor.trace.texts import Hole

UNKNOWN = "\x00"
"""Stands in a path's text for a part that is not known."""

_LOOK_THROUGH = {"alias", "filtered", "phi", "after", "elem", "item", "index", "part", "list",
                 "view", "glob", "str", "resolve", "sorted", "tuple", "encode", "decode",
                 "strip"}  # fmt: skip
_MAX_DEPTH = 24
_VAL = re.compile(r"(?<![a-z])(val|valid|validation|eval)(?![a-z])")
_TRAIN = re.compile(r"(?<![a-z])(train|training)(?![a-z])")


class Stream(StrEnum):
    """The tokens that a file of the challenge's data holds."""

    VAL = "val"
    TRAIN = "train"
    BOTH = "both"
    OTHER = "other"


def path_text(path: Node) -> str:
    """The text of a path, with `UNKNOWN` for every part that is not known."""
    return _text(path, _MAX_DEPTH)


def _text(node: Node, depth: int) -> str:
    if isinstance(node, Const):
        value = node.value
        if isinstance(value, bytes):
            return UNKNOWN
        return "" if value is None else str(value)
    if depth == 0:
        return UNKNOWN
    if node.op == "text":
        return "".join(
            _text(node.ins[part.index], depth - 1) if isinstance(part, Hole) else part
            for part in node.data
        )
    if node.op in ("path", "/") and node.ins:
        return "/".join(_text(part, depth - 1) for part in node.ins)
    if node.op in ("join", "if", "choice") and node.ins:
        return "\n".join(dict.fromkeys(_text(part, depth - 1) for part in node.ins[:4]))
    if node.op == "+":
        return "".join(_text(part, depth - 1) for part in node.ins)
    if node.op == "path_part":
        whole = _text(node.ins[0], depth - 1)
        head, _, tail = whole.rpartition("/")
        return head if node.data == "parent" else tail
    if node.op in _LOOK_THROUGH and node.ins:
        return _text(node.ins[0], depth - 1)
    return UNKNOWN


def path_key(path: Node) -> object:
    """What tells two paths apart: their text where it is known, else how they were made."""
    text = path_text(path)
    if UNKNOWN not in text:
        parts = [part for part in text.split("/") if part not in ("", ".")]
        return "/".join(parts)
    return _structure(path, _MAX_DEPTH)


def _structure(node: Node, depth: int) -> object:
    if isinstance(node, Const):
        return ("const", str(node.value))
    while node.op in ("alias", "after", "phi") and node.ins:
        node = node.ins[0]
    if isinstance(node, Const):
        return ("const", str(node.value))
    if depth and node.op in ("text", "path", "/", "+", "join", "path_part", "setting"):
        return (node.op, str(node.data), *(_structure(part, depth - 1) for part in node.ins))
    return id(node)


def stream_of(text: str) -> Stream:
    """The stream that a path's text points to.

    The official export names its shards `fineweb_train_*.bin` and `fineweb_val_*.bin`; a pattern
    that matches both carries both. Alternatives stand on lines of their own.
    """
    streams = {_stream_of(line) for line in text.lower().split("\n")} - {Stream.OTHER}
    if not streams:
        return Stream.OTHER
    return streams.pop() if len(streams) == 1 else Stream.BOTH


def _stream_of(name: str) -> Stream:
    base = name.rpartition("/")[2]
    val, train = bool(_VAL.search(base)), bool(_TRAIN.search(base))
    if not val and not train:
        if "*" in base and "fineweb" in base:
            val = fnmatch.fnmatch("fineweb_val_000000.bin", base)
            train = fnmatch.fnmatch("fineweb_train_000000.bin", base)
        else:
            val, train = bool(_VAL.search(name)), bool(_TRAIN.search(name))
    if val and train:
        return Stream.BOTH
    return Stream.VAL if val else Stream.TRAIN if train else Stream.OTHER
