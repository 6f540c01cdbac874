"""Files and paths: what is written under a name is what is read from it later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.trace.events import EventKind
from auditor.trace.graph import Const, Node, Value
from auditor.trace.library import structured, tables
from auditor.trace.library.paths import UNKNOWN, path_key, path_text
from auditor.trace.objects import Cells, FileObj

if TYPE_CHECKING:
    from auditor.trace.machine import Machine

Keywords = dict[str, Value]

_JOINERS = {"os.path.join", "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"}
_SAME_PATH = {
    "os.path.abspath", "os.path.realpath", "os.path.expanduser", "os.path.normpath", "os.fspath",
    "os.path.expandvars",
}  # fmt: skip
_PATH_PARTS = {"os.path.dirname": "parent", "os.path.basename": "name"}
_PATH_METHODS_SAME = {"resolve", "absolute", "expanduser", "as_posix", "__fspath__"}
_LISTERS = {"glob.glob", "glob.iglob", "os.listdir", "os.scandir", "os.walk"}
_OPENERS = {"builtins.open", "io.open", "gzip.open", "lzma.open", "bz2.open", "os.fdopen"}
_BUFFERS = {"io.BytesIO", "io.StringIO"}
_COPIERS = {
    "shutil.copy", "shutil.copyfile", "shutil.copy2", "shutil.move", "os.rename", "os.replace",
    "os.link", "os.symlink",
}  # fmt: skip
_RAW_READERS = {"mmap.mmap", "os.pread", "os.read"}
_PATH_FACTS = {"os.path.exists", "os.path.isfile", "os.path.isdir", "os.path.getsize"}
_MAX_SHIPPED = 4_000_000
_DECIDING = {"<", "<=", ">", ">=", "and", "or", "not", "&", "|"}
"""Conditions that may compare one value with another."""
_SPELT_OUT = {"path", "/", "+", "path_part", "text"}
"""Operations that put a path together."""


class Files:
    """The file system as the program sees it."""

    def __init__(self, machine: Machine) -> None:
        self.m = machine
        self._written: Cells = {}

    # --- functions -------------------------------------------------------------------------------

    def call(self, path: str, args: list[Value], keywords: Keywords) -> Value | None:
        """A model of the call, `None` where it is not about files."""
        if path in _JOINERS:
            return self._path(args)
        if path in _SAME_PATH:
            return args[0] if args else None
        if path in _PATH_PARTS:
            return self.m.heap.node("path_part", (self.m.flow(args[0]),), _PATH_PARTS[path])
        if path in _LISTERS:
            return self._glob(self.m.flow(args[0]))
        if path in _PATH_FACTS:
            return self.m.heap.number("file_fact", (self.m.flow(args[0]),), path)
        if path in _COPIERS:
            return self._copy(args, path)
        if path in _OPENERS:
            return self._open(args, keywords)
        if path in _BUFFERS:
            return self.buffer(args)
        if path in tables.SAVERS:
            return self._save(path, args, keywords)
        return self._convert(path, args) if args else None

    def _convert(self, path: str, args: list[Value]) -> Value | None:
        """Calls that turn one representation of a content into another."""
        if path in structured.JSON or path in structured.TOML:
            known = structured.read(self.m, path, self._content(args[0]))
            if known is not None:
                return known
        if path in tables.LOADERS:
            return self.load(args[0])
        if path in tables.DUMPERS:
            return self.m.heap.node("dump", (self.m.flow(args[0]),))
        if path in tables.UNDUMPERS:
            return self.m.heap.node("undump", (self.m.flow(args[0]),))
        if path in tables.COMPRESSION:
            return self._recode(path, args)
        if path in _RAW_READERS:
            return self.m.heap.node("copy", self.m.flow(args[0]).ins)
        return None

    def _content(self, source: Value) -> Value:
        return self.flow(source) if isinstance(source, FileObj) else source

    def buffer(self, args: list[Value]) -> FileObj:
        """An in-memory file."""
        made = FileObj(None, "w+b", self.m.heap.loop, self.m.heap.stmt)
        if args:
            self.m.heap.put(made.cells, "content", self.m.flow(args[0]))
        return made

    def _path(self, args: list[Value]) -> Value:
        if len(args) == 1:
            return args[0] if isinstance(args[0], Node) else self.m.flow(args[0])
        nodes = tuple(self.m.flow(arg) for arg in args)
        if all(isinstance(node, Const) and isinstance(node.value, str) for node in nodes):
            origin = frozenset().union(*(n.origin for n in nodes if isinstance(n, Const)))
            parts = [str(n.value).rstrip("/") for n in nodes if isinstance(n, Const)]
            return self.m.heap.const("/".join(part for part in parts if part), origin)
        return self.m.heap.node("path", nodes)

    def _open(self, args: list[Value], keywords: Keywords) -> Value:
        mode = args[1] if len(args) > 1 else keywords.get("mode")
        text = mode.value if isinstance(mode, Const) and isinstance(mode.value, str) else "r"
        return self.open(self.m.flow(args[0]), text)

    def open(self, path: Node, mode: str) -> FileObj:
        """An open file."""
        made = FileObj(path, mode, self.m.heap.loop, self.m.heap.stmt)
        if "w" in mode or "x" in mode:
            self.m.heap.put(made.cells, "content", self.m.heap.node("empty"))
        return made

    def _glob(self, pattern: Node) -> Value:
        return self.m.containers.summary_list(self.m.heap.node("glob", (pattern,)))

    def _copy(self, args: list[Value], how: str) -> Value:
        content = self.read(self.m.flow(args[0]))
        self.write(self.m.flow(args[1]), content, how)
        return self.m.heap.const(None)

    def _recode(self, path: str, args: list[Value]) -> Value:
        data = args[0]
        if isinstance(data, Const):
            decoded = self.m.world.decode(path, data.value)
            if decoded is not None:
                return self.m.heap.const(decoded, data.origin)
        return self.m.heap.node("recode", (self.m.flow(data),), path)

    # --- saving and loading ----------------------------------------------------------------------

    def _save(self, path: str, args: list[Value], keywords: Keywords) -> Value:
        value_at, file_at = tables.SAVERS[path]
        if path in tables.ARCHIVERS and len(args) == 1 and keywords:
            args, keywords = [*args, self.m.containers.new_dict(keywords)], {}
        if max(value_at, file_at) >= len(args):
            return self.m.heap.const(None)
        extra = [*args[2:], *keywords.values()] if "savez" in path else []
        content = self.m.heap.node(
            "save", tuple(self.m.flow(v) for v in [args[value_at], *extra]), path
        )
        self._into(args[file_at], content)
        return self.m.heap.const(None)

    def _into(self, target: Value, content: Node) -> None:
        if isinstance(target, FileObj):
            self.append(target, content)
        else:
            self.write(self.m.flow(target), content)

    def load(self, source: Value) -> Node:
        """The value that a file holds."""
        if isinstance(source, FileObj):
            return self.m.heap.node("load", (self.flow(source),))
        return self.m.heap.node("load", (self.read(self.m.flow(source)),))

    def write(self, path: Node, content: Node, how: str = "write") -> None:
        """A file gets a new content."""
        self.m.heap.put(self._written, path_key(path), self._chosen(content))
        self.m.events.add(EventKind.WRITE, content, how, path)

    def _chosen(self, content: Node) -> Node:
        """A content that says which comparisons decided that it is written."""
        guard = None if isinstance(content, Const) else self.m.heap.guard
        while guard is not None:
            if guard.condition.op in _DECIDING:
                content = self.m.heap.node("if", (content, content, guard.condition))
            guard = guard.parent
        return content

    def read(self, path: Node) -> Node:
        """The content of a file: what was written there, what is shipped, or an outside source."""
        key = path_key(path)
        written = self.m.heap.get(self._written, key)
        if isinstance(written, Node):
            # Bytes that went through a file, however they were packed, are no longer what was made.
            known = isinstance(written, Const)
            return written if known else self.m.heap.node("load", (written,))
        text = path_text(path)
        if isinstance(path, Const) or (path.op in _SPELT_OUT and UNKNOWN not in text):
            shipped = self.m.world.file(text)
            if shipped is not None and len(shipped) <= _MAX_SHIPPED:
                return self.m.heap.const(shipped)
        made = self.m.heap.node("read", (path,), text)
        self.m.events.add(EventKind.READ, made, text)
        return made

    # --- file objects ----------------------------------------------------------------------------

    def flow(self, file: FileObj) -> Node:
        """What an open file holds."""
        content = self.m.heap.get(file.cells, "content")
        if isinstance(content, Node):
            return content
        if file.path is None:
            return self.m.heap.node("empty")
        return self.read(file.path)

    def append(self, file: FileObj, content: Node) -> None:
        """Writes into an open file or buffer."""
        old = self.m.heap.get(file.cells, "content")
        if isinstance(old, Node) and old.op != "empty":
            content = self.m.heap.node("join", (old, content))
        self.m.heap.put(file.cells, "content", content)
        if file.path is not None:
            self.write(file.path, content)

    def method(self, file: FileObj, name: str, args: list[Value]) -> Value:
        """A method of an open file or buffer."""
        if name in ("write", "writelines"):
            self.append(file, self.m.flow(args[0]))
            if file.path is not None and "b" not in file.mode:
                self.m.events.add(EventKind.REPORT, self.m.flow(args[0]), "file")
            return self.m.heap.const(None)
        if name in ("read", "getvalue", "readlines", "readline", "getbuffer", "readall"):
            content = self.flow(file)
            as_text = file.path is not None and "b" not in file.mode and name == "read"
            return self._text(content) if as_text else content
        if name in ("readinto", "readinto1") and args:
            return self._read_into(args[0], self.flow(file))
        if name == "fileno":
            return self.m.heap.node("fileno", (self.flow(file),))
        if name == "seek" or name in ("close", "flush", "truncate"):
            return self.m.heap.const(None)
        if name == "tell":
            return self.m.heap.number("tell")
        if name in {"get_tensor", "get_slice"}:
            return self.m.heap.node("index", (self.flow(file), self.m.flow(args[0])))
        return self.m.heap.node(name, (self.flow(file),))

    def _text(self, content: Node) -> Node:
        """The content of a file as text, where it is known."""
        if isinstance(content, Const) and isinstance(content.value, bytes):
            return self.m.heap.const(content.value.decode("utf-8", "replace"))
        return content

    def _read_into(self, target: Value, content: Node) -> Node:
        """A file is read into an array that exists."""
        if isinstance(target, Node):
            self.m.heap.mutate(target, self.m.heap.node("copy", (content,)))
        return self.m.heap.number("count")

    # --- paths -----------------------------------------------------------------------------------

    def path_method(
        self, path: Node, name: str, args: list[Value], keywords: Keywords
    ) -> Value | None:
        """A method of a path object, `None` where `name` is not one."""
        if name in ("read_bytes", "read_text"):
            content = self.read(path)
            return self._text(content) if name == "read_text" else content
        if name in ("write_bytes", "write_text"):
            self.write(path, self.m.flow(args[0]))
            return self.m.heap.const(None)
        if name == "open":
            return self._open([path, *args], keywords)
        if name in ("glob", "rglob"):
            pattern = self.m.heap.node("path", (path, self.m.flow(args[0])))
            return self._glob(pattern)
        if name == "iterdir":
            return self._glob(path)
        if name in ("exists", "is_file", "is_dir", "stat") and not path.num:
            return self.m.heap.number("file_fact", (path,), name)
        if name in ("with_name", "with_suffix", "with_stem", "joinpath", "relative_to"):
            return self._with_name(path, name, args)
        if name in _PATH_METHODS_SAME:
            return path
        if name in ("mkdir", "unlink", "touch", "symlink_to", "hardlink_to", "rename", "replace"):
            return self._file_command(path, name, args)
        return None

    def _with_name(self, path: Node, name: str, args: list[Value]) -> Value:
        other = self.m.flow(args[0]) if args else self.m.heap.const("")
        if isinstance(path, Const) and isinstance(other, Const) and isinstance(path.value, str):
            folder = path.value.rpartition("/")[0]
            stem = path.value.rpartition(".")[0]
            known = {
                "with_name": f"{folder}/{other.value}" if folder else str(other.value),
                "with_suffix": f"{stem}{other.value}",
                "joinpath": f"{path.value}/{other.value}",
            }.get(name)
            if known is not None:
                return self.m.heap.const(known)
        return self.m.heap.node("path", (path, other), name)

    def _file_command(self, path: Node, name: str, args: list[Value]) -> Value | None:
        if name in ("symlink_to", "hardlink_to"):
            self.write(path, self.read(self.m.flow(args[0])), name)
        elif name in ("rename", "replace"):
            if len(args) != 1:
                return None  # `str.replace`
            self.write(self.m.flow(args[0]), self.read(path), name)
        return self.m.heap.const(None)
