"""Files in the tree that are made from the code; `python -m auditor.generated` writes them.

With `--check` nothing is written, and the exit status is 1 where a committed file differs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from auditor.report.model import schema_text
from auditor.rulespage import rules_page

ROOT: Final = Path(__file__).parent.parent

FILES: Final[Mapping[str, Callable[[], str]]] = {
    "auditor/schema/audit-1.schema.json": schema_text,
    "docs/rules.md": rules_page,
}
"""Path in the tree -> what it must hold."""


def stale(root: Path = ROOT) -> list[str]:
    """The paths of the files that are missing or differ from what the code makes."""
    return [path for path, make in FILES.items() if _held(root / path) != make()]


def write(root: Path = ROOT) -> None:
    """Writes every file."""
    for path, make in FILES.items():
        (root / path).write_text(make(), "utf-8")


def main(arguments: Sequence[str]) -> int:
    """Writes the files, or with `--check` says which are out of date."""
    if "--check" not in arguments:
        write()
        return 0
    late = stale()
    for path in late:
        sys.stderr.write(f"{path} is out of date; run: python -m auditor.generated\n")
    return int(bool(late))


def _held(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
