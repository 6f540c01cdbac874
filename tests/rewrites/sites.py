"""Where in a program's text scoring and learning happen, so that an edit can be made there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.trace import Trace
from auditor.trace.graph import Loop, Node
from auditor.trace.history import Mechanism, Use, first_version
from tests.rewrites.names import Block, all_blocks

Chain = tuple[int, ...]
"""Lines of the calls that lead from the script to a statement, and the statement's own line."""


@dataclass(frozen=True)
class Sites:
    """Lines of interest in one script.

    Attributes:
        score: the losses that the claimed number is made of.
        learns: the steps that these losses had learned from, with how many of the calls that lead
            to them lie outside what makes the learned state.
        early: those that came before the score of the tokens they used.
    """

    score: tuple[Chain, ...]
    learns: tuple[Learning, ...]
    early: tuple[Chain, ...]


@dataclass(frozen=True)
class Learning:
    """One step of learning.

    Attributes:
        at: where the step is taken.
        made: where the state was made that it changes.
        loops: lines of the loops around the place where the state was made.
    """

    at: Chain
    made: Chain
    loops: frozenset[int]


def sites(trace: Trace, script: str) -> Sites:
    """The sites of a trace that lie in one script."""
    learned = [use for use in trace.uses if use.mechanism in (Mechanism.STEP, Mechanism.TABLE)]
    return Sites(
        tuple(dict.fromkeys(chain for s in trace.scores if (chain := chain_of(s.node, script)))),
        tuple(dict.fromkeys(found for use in learned if (found := _learning(use, script)))),
        tuple(
            dict.fromkeys(
                chain
                for use in trace.uses
                if use.early and (chain := chain_of(use.learned, script))
            )
        ),
    )


def _learning(use: Use, script: str) -> Learning | None:
    root = first_version(use.learned)
    at, made = chain_of(use.learned, script), chain_of(root, script)
    return Learning(at, made, frozenset(_lines(root.loop))) if at else None


def _lines(loop: Loop | None) -> Iterator[int]:
    while loop is not None:
        if loop.stmt is not None:
            yield loop.stmt.line
        loop = loop.parent


def chain_of(node: Node, script: str) -> Chain:
    """The lines that lead to the statement that made a node; empty where one is in another file."""
    lines: list[int] = []
    stmt, frame = node.stmt, node.frame
    while frame is not None and stmt is not None:
        if frame.module.file != script:
            return ()
        lines.append(stmt.line)
        stmt, frame = frame.call_stmt, frame.caller
    return tuple(reversed(lines))


@dataclass(frozen=True)
class Fork:
    """The block of statements in which the ways to two statements part.

    Attributes:
        block: the statements.
        left: position of the one that leads to the first.
        right: position of the one that leads to the second.
        around: the statements around the block in its function, the outermost first.
        calls: lines of the calls that lead to the function.
    """

    block: Block
    left: int
    right: int
    around: tuple[ast.stmt, ...]
    calls: Chain


def fork(tree: ast.Module, left: Chain, right: Chain) -> Fork | None:
    """Where the ways to two statements part, `None` where one lies on the way to the other."""
    shared = 0
    while shared < min(len(left), len(right)) and left[shared] == right[shared]:
        shared += 1
    if shared >= min(len(left), len(right)):
        return None
    one, other = path_to(tree, left[shared]), path_to(tree, right[shared])
    for depth, ((block, i), (same, j)) in enumerate(zip(one, other, strict=False)):
        if block is same and i != j:
            around = tuple(b[k] for b, k in one[:depth])
            return Fork(block, i, j, around, left[:shared])
    return None


def path_to(tree: ast.Module, line: int) -> list[tuple[Block, int]]:
    """The blocks around the statement at a line, from the function's own to the innermost."""
    found: list[tuple[Block, int]] = []
    for block in all_blocks(tree):
        for i, stmt in enumerate(block):
            if stmt.lineno <= line <= (stmt.end_lineno or stmt.lineno):
                if isinstance(stmt, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                    found.clear()
                else:
                    found.append((block, i))
    return found
