"""Remembers audits by the content they were made from and by the version of the tool."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from importlib import metadata, resources
from pathlib import Path

_PACKAGES = ("auditor", "rules")
_SEAL = hashlib.sha256().digest_size
_DEPENDENCIES = ("libcst", "pygit2", "pydantic")


class Cache:
    """A folder of answers; what cannot be read or written is merely not remembered."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    def get(self, *content: str) -> bytes | None:
        """The answer kept for this content under this version of the tool."""
        try:
            kept = self._path(content).read_bytes()
        except OSError:
            return None
        seal, answer = kept[:_SEAL], kept[_SEAL:]
        return answer if seal == hashlib.sha256(answer).digest() else None  # else it is damaged

    def put(self, answer: bytes, *content: str) -> None:
        """Keeps an answer; a reader sees all of it or nothing."""
        path = self._path(content)
        part = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(hashlib.sha256(answer).digest() + answer)
            part.replace(path)
        except OSError:
            with suppress(OSError):
                part.unlink()

    def _path(self, content: tuple[str, ...]) -> Path:
        key = hashlib.sha256("\0".join((tool_digest(), *content)).encode()).hexdigest()
        return self.folder / key[:2] / key


def default_folder() -> Path:
    """The user's cache folder for this tool, after the XDG base directory specification."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "parameter-golf-auditor"


@cache
def tool_digest() -> str:
    """A digest of the tool's own files and of the libraries whose behaviour it builds on."""
    digest = hashlib.sha256(sys.version.encode())
    for name in _DEPENDENCIES:
        digest.update(f"{name}={metadata.version(name)}".encode())
    for package in _PACKAGES:
        with resources.as_file(resources.files(package)) as root:
            for path in sorted(root.rglob("*")):
                if path.suffix in (".py", ".toml") and "_fixtures" not in path.parts:
                    digest.update(str(path.relative_to(root)).encode())
                    digest.update(path.read_bytes())
    return digest.hexdigest()
