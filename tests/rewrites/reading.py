"""Real submissions with other texts in place of theirs, and what the auditor answers for them."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import libcst as cst

from auditor.audit import audit
from auditor.deep import deeply
from auditor.evidence import gather
from auditor.program.repair import repaired
from auditor.settings import Settings
from auditor.submission.model import Entry, EntryKind, Snapshot, Submission
from auditor.submission.text import decode
from auditor.texts import read_texts
from auditor.trace import Trace, trace_submission
from auditor.trace.machine import Machine
from auditor.trace.surroundings import Surroundings
from tests.rewrites.moving import Sources

FAMILIES = ("TTT", "ORD", "SLOT", "CAUS", "NG", "DIST", "PPM", "CAL", "DATA")
"""Families whose rules judge behaviour; those on sizes and packaging see the text change."""


class NotRewritable(Exception):
    """The program's text cannot be read back as Python; the message says why."""


class Overlay:
    """A snapshot in which some files have other contents."""

    def __init__(self, base: Snapshot, files: Mapping[str, bytes]) -> None:
        self._base = base
        self._files = files

    def _own(self, path: str) -> Entry:
        return Entry(path, EntryKind.FILE, len(self._files[path]))

    def _with(self, entries: Iterable[Entry], folder: str) -> list[Entry]:
        below = [path for path in self._files if not folder or path.startswith(f"{folder}/")]
        kept = [entry for entry in entries if entry.path not in self._files]
        return sorted([*kept, *map(self._own, below)], key=lambda entry: entry.path)

    def entries(self) -> list[Entry]:
        return self._with(self._base.entries(), "")

    def find(self, path: str) -> Entry | None:
        return self._own(path) if path in self._files else self._base.find(path)

    def under(self, folder: str) -> list[Entry]:
        return self._with(self._base.under(folder), folder)

    def read(self, path: str, limit: int | None = None) -> bytes:
        if path not in self._files:
            return self._base.read(path, limit)
        return self._files[path] if limit is None else self._files[path][:limit]


@dataclass(frozen=True)
class Answer:
    """What the auditor says about the behaviour of a program.

    Attributes:
        order: the label of the order of scoring and learning.
        fails: the rules of behaviour that fail.
        open: those it could not decide.
        claimed: how the claimed number was found in the program.
    """

    order: str
    fails: tuple[str, ...]
    open: tuple[str, ...]
    claimed: str = ""

    @property
    def families(self) -> frozenset[str]:
        return frozenset(rule.rstrip("0123456789") for rule in self.fails)


def program_of(submission: Submission) -> Sources:
    """The program of a submission, unpacked where its script is packed, without comments.

    Raises:
        NotRewritable: there is no script, or Python cannot read it.
    """
    if submission.main_script is None:
        raise NotRewritable("there is no script")
    text = decode(submission.snapshot.read(submission.main_script))
    try:
        tree = _parsed(text)
        if not tree.body:
            raise NotRewritable("the script is empty")
        packed = [stmt for stmt in tree.body if _executes(stmt)]
        if packed:
            payload = _payload(submission)
            at = tree.body.index(packed[-1])
            tree.body[at : at + 1] = _parsed(payload).body
        clean = ast.unparse(tree)
        ast.parse(clean)
    except (SyntaxError, ValueError) as error:
        raise NotRewritable(str(error)) from error
    return Sources(submission.main_script, {submission.main_script: clean})


def _parsed(text: str) -> ast.Module:
    """The tree of a text; a quote inside a quoted expression is newer than some Pythons."""
    try:
        return ast.parse(text)
    except SyntaxError:
        try:
            module = cst.parse_module(repaired(text))
        except (cst.ParserSyntaxError, RecursionError):
            return ast.parse(text)
        return ast.parse(module.visit(_TripleQuotes()).code)


class _TripleQuotes(cst.CSTTransformer):
    """Gives formatted strings that hold strings another kind of quotes."""

    def leave_FormattedString(  # noqa: N802
        self,
        original_node: cst.FormattedString,  # noqa: ARG002  (the library's signature)
        updated_node: cst.FormattedString,
    ) -> cst.FormattedString:
        quote = updated_node.end
        inner = "".join(
            cst.Module([]).code_for_node(part)
            for part in updated_node.parts
            if isinstance(part, cst.FormattedStringExpression)
        )
        if len(quote) > 1 or quote not in inner:
            return updated_node
        start = updated_node.start.removesuffix(quote) + 3 * quote
        return updated_node.with_changes(start=start, end=3 * quote)


def _executes(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.Expr) and any(
        isinstance(node, ast.Name) and node.id == "exec" for node in ast.walk(stmt)
    )


class _Listening(Surroundings):
    """Keeps the texts of code that the program executes."""

    heard: list[str]

    def payload(self, data, file, layer):  # type: ignore[no-untyped-def]
        self.heard.append(data if isinstance(data, str) else decode(data))
        return super().payload(data, file, layer)


def _payload(submission: Submission) -> str:
    world = _Listening(submission, Settings((), (), ()))
    world.heard = []
    module = world.source(submission.main_script or "")
    if module is None:
        raise NotRewritable("the script cannot be read")
    deeply(lambda: Machine(world).imports.run_module(module, "__main__"))
    if not world.heard:
        raise NotRewritable("the packed code cannot be opened")
    return max(world.heard, key=len)


def rewritten(submission: Submission, sources: Sources) -> Submission:
    """The submission with another program."""
    files = {path: text.encode() for path, text in sources.files.items()}
    more = {path for path in files if path.endswith(".py") and path != submission.main_script}
    return dataclasses.replace(
        submission,
        snapshot=Overlay(submission.snapshot, files),
        scripts=tuple(sorted({*submission.scripts, *more})),
    )


def answer(submission: Submission) -> Answer:
    """What the auditor says about a submission."""
    found = audit(submission)
    judged = [r for r in found.results if r.rule_id.rstrip("0123456789") in FAMILIES]
    basis = next((note for note in found.notes if note.startswith("How the claimed")), "")
    return Answer(
        str(found.ttt_order.value),
        tuple(r.rule_id for r in judged if r.status.value == "fail"),
        tuple(r.rule_id for r in judged if r.status.value == "unknown"),
        basis,
    )


def trace_of(submission: Submission) -> Trace:
    """The trace of a submission, to find the places that an edit has to touch."""

    def read() -> Trace:
        texts = read_texts(submission)
        return trace_submission(submission, texts, gather(submission, texts))

    return deeply(read)
