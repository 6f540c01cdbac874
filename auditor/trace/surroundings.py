"""What lies around a traced program: the submission's files, settings and logs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from auditor.program import ir, layers
from auditor.program.parse import Unparsed, parse
from auditor.settings import Settings, SettingSource
from auditor.submission.model import BlobMissing, EntryKind, Submission
from auditor.submission.text import decode
from auditor.texts import TextLines
from auditor.trace.graph import Const, Node
from auditor.trace.objects import Frame
from auditor.trace.printed import Printed
from auditor.verdict import LayerInfo

MAX_CODE = 4_000_000
"""Largest text of code that is read; the largest real script has 1.6 MB."""

_MAX_MODULES = 40


class Surroundings:
    """Answers the machine's questions from one submission; see `World`.

    Attributes:
        settings: the switches of the submitted run.
        layers: the texts of code that were read.
        problems: what could not be read, one sentence each.
        contradicted: settings of which the log shows that a command gives them for another run.
    """

    def __init__(
        self, submission: Submission, settings: Settings, logs: Sequence[TextLines] = ()
    ) -> None:
        self._submission = submission
        self.settings = settings
        self._printed = Printed(logs)
        self._modules: dict[str, ir.Module | None] = {}
        self._parsed = 0
        self._payloads: dict[bytes, ir.Module | None] = {}
        self._chains: dict[bytes, tuple[str, ...]] = {}
        self.layers: list[LayerInfo] = []
        self.problems: list[str] = []
        self.contradicted: set[str] = set()

    # --- settings --------------------------------------------------------------------------------

    def setting(self, name: str, default: str | None = None) -> str | None:
        """The value of an environment variable in the submitted run."""
        found = self.settings.value(name, default)
        if found is None and name == "WORLD_SIZE":
            return "8"
        return None if found is None else found.value

    def default(self, name: str, value: str | None) -> None:
        """Notes that the program falls back to `value`."""
        self.settings.asked(name, value)

    def option(self, name: str) -> str | None:
        """The value of a command-line option in the submitted run."""
        return self.settings.options.get(name)

    # --- files -----------------------------------------------------------------------------------

    def _locate(self, path: str, beside: str = "") -> Iterator[str]:
        """The places where a path of the program may lie in the pull request."""
        clean = path.removeprefix("./")
        roots = [str(PurePosixPath(beside).parent) if beside else "", self._submission.folder, ""]
        for root in dict.fromkeys(roots):
            yield clean if root in ("", ".") else f"{root}/{clean}"
        if "records/" in clean:
            yield clean[clean.index("records/") :]
        yield f"{self._submission.folder}/{PurePosixPath(clean).name}".lstrip("/")

    def _read(self, path: str, limit: int = MAX_CODE) -> bytes | None:
        entry = self._submission.snapshot.find(path)
        if entry is None or entry.kind is not EntryKind.FILE:
            return None
        if entry.size is not None and entry.size > limit:
            return None
        try:
            return self._submission.snapshot.read(path, limit)
        except BlobMissing:
            return None

    def file(self, path: str) -> bytes | None:
        """The content of a file that the submission ships."""
        if not path or len(path) > 512 or "\n" in path:
            return None
        for place in self._locate(path):
            data = self._read(place)
            if data is not None:
                return data
        return None

    # --- code ------------------------------------------------------------------------------------

    def module(self, dotted: str, beside: str) -> ir.Module | None:
        """The parsed module of that name that the submission ships."""
        if not dotted or len(dotted) > 200:
            return None
        stem = dotted.replace(".", "/")
        for name in (f"{stem}.py", f"{stem}/__init__.py"):
            for place in self._locate(name, beside):
                found = self.source(place)
                if found is not None:
                    return found
        return None

    def script(self, path: str) -> ir.Module | None:
        """The parsed script at that path of the submission."""
        for place in self._locate(path):
            found = self.source(place)
            if found is not None:
                return found
        return None

    def source(self, path: str) -> ir.Module | None:
        """The parsed text of one file of the pull request."""
        if path in self._modules:
            return self._modules[path]
        data = self._read(path) if self._parsed < _MAX_MODULES else None
        module = None
        if data is not None:
            self._parsed += 1
            module = self._parse(decode(data), data, path, None)
        self._modules[path] = module
        return module

    @property
    def modules(self) -> tuple[ir.Module, ...]:
        """All code that was read, in the order in which it was come upon."""
        found = (*self._modules.values(), *self._payloads.values())
        return tuple(dict.fromkeys(module for module in found if module is not None))

    def payload(self, data: bytes | str, file: str, layer: str | None) -> ir.Module | None:
        """The parsed code behind a text that the program executes."""
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        digest = hashlib.sha256(raw).digest()
        if digest in self._payloads:
            return self._payloads[digest]
        depth = 0 if layer is None else int(layer.rpartition(":")[2])
        if depth >= layers.MAX_DEPTH or len(raw) > MAX_CODE:
            self.problems.append(f"{file}: packed code is nested too deeply or too large to open")
            return None
        shipped = self._shipped(raw, file)
        if shipped is not None:
            self._payloads[digest] = shipped
            return shipped
        text = data if isinstance(data, str) else decode(data)
        name = f"decoded:{depth + 1}"
        self._payloads[digest] = self._parse(text, raw, file, name, self._chains.get(digest, ()))
        return self._payloads[digest]

    def _shipped(self, raw: bytes, file: str) -> ir.Module | None:
        """The module of a file whose very text is executed (`exec(open(path).read())`)."""
        for place in self._locate(file):
            if self._read(place) == raw:
                return self.source(place)
        return None

    def _parse(
        self, text: str, raw: bytes, file: str, layer: str | None, chain: tuple[str, ...] = ()
    ) -> ir.Module | None:
        outcome, module = "read", None
        try:
            module = parse(text, file, layer)
            self._printed.module(module)
        except Unparsed as error:
            outcome = str(error)
            where = file if layer is None else f"{file} [{layer}]"
            self.problems.append(f"{where} could not be parsed: {error}")
        digest = hashlib.sha256(raw).hexdigest()
        lines = text.count("\n") + 1
        self.layers.append(LayerInfo(file, layer, digest, len(raw), lines, chain, outcome))
        return module

    def decode(self, codec: str, data: object) -> bytes | None:
        """The bytes behind encoded or compressed ones."""
        if not isinstance(data, bytes | str):
            return None
        try:
            decoded = layers.decode(codec, data)
        except layers.CannotOpen as error:
            if len(data) > 200:
                self.problems.append(f"packed data could not be opened: {error}")
            return None
        raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
        chain = self._chains.get(hashlib.sha256(raw).digest(), ())
        key = hashlib.sha256(decoded).digest()
        self._chains[key] = (*chain, codec.removesuffix(".decompress").rpartition(".")[2])
        return decoded

    # --- branches --------------------------------------------------------------------------------

    def branch_taken(
        self,
        stmt: ir.If,
        truth: bool | None,  # noqa: FBT001
        condition: Node,
        frame: Frame,
    ) -> bool | None:
        """Follows a branch that seems to be off where the run's log has lines only it prints.

        A command that a document or a script gives may be of another run (a smoke test, an
        ablation); what the log printed is of this one.
        """
        if truth is not False or not isinstance(condition, Const) or not condition.origin:
            return truth
        sources = {name: self._source(name) for name in condition.origin}
        if SettingSource.LOG in sources.values():
            return truth
        shown = self._printed.shows(stmt, frame.module.file, frame.module.layer)
        if shown:
            commanded = (name for name in sources if sources[name] is SettingSource.COMMAND)
            self.contradicted.update(commanded)
        return shown

    def _source(self, name: str) -> SettingSource:
        stated = self.settings.value(name)
        return SettingSource.DEFAULT if stated is None else stated.source
