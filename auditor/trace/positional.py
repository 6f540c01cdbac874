"""Whether an index says *where* or *what*.

`losses[start:stop]`, `rows[mask]` and `x[positions]` pick entries by place. `table[hash(tokens)]`
picks by what the tokens are: it is a key, and a table written under such keys has learned from the
tokens.
"""

from __future__ import annotations

from auditor.trace.graph import Const, Node
from auditor.trace.library.tables import COPIES, META, META_CALLS

_PLACES = {
    "slice", "iter", "nonzero", "arange", "argsort", "range", "len", "any", "next", "popped",
    "searchsorted", "alloc", "setting", "clock", "missing", "empty", "size", "isinstance", "id",
    "random", "callable", "file_fact", "text", "sorted", "reversed",
} | META | META_CALLS  # fmt: skip
_MASKS = {"==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not", "isnan", "isfinite"}
_PASS = {"index", "elem", "item", "part", "view", "after", "alias", "phi", "int", "float", "bool",
         "narrow", "cumsum", "diff", "clamp", "clip", "minimum", "maximum", "any",
         "all"} | COPIES  # fmt: skip
_ALL = {"+", "-", "*", "//", "%", "&", "|", "^", "not", "u~", "u-", "tuple", "list", "and", "or",
        "if", "join", "store", "where", "cat", "stack", "choice", "logical_not"}  # fmt: skip
_COMBINED = {
    "&",
    "|",
    "^",
    "u~",
    "not",
    "and",
    "or",
    "logical_not",
    "logical_and",
    "logical_or",
    "store",
    "if",
}
_MAX_DEPTH = 40


def is_positional(index: Node, depth: int = _MAX_DEPTH) -> bool:
    """Whether an index is made of places, counters and masks only, not of what values are."""
    if index.place is None:
        index.place = _is_positional(index, depth)
    return index.place


def _is_positional(index: Node, depth: int) -> bool:
    if isinstance(index, Const) or index.op in _PLACES or index.op in _MASKS:
        return True
    if depth == 0:
        return False
    if index.op in _PASS and index.ins:
        return is_positional(index.ins[0], depth - 1)
    if index.op in _ALL:
        parts = index.ins[:2] if index.op in ("if", "store") else index.ins
        if index.op == "where":
            parts = index.ins[1:] or index.ins
        return all(is_positional(part, depth - 1) for part in parts)
    return False


def is_mask(index: Node, depth: int = _MAX_DEPTH) -> bool:
    """Whether an index is an array of truth values, which picks entries and keeps their order."""
    if index.op in _MASKS:
        return True
    if depth == 0 or not index.ins:
        return False
    if index.op in _COMBINED:
        return any(is_mask(part, depth - 1) for part in index.ins[:2])
    return index.op in _PASS and is_mask(index.ins[0], depth - 1)
