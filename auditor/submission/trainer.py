"""Which of several scripts trains and scores: told by reading them, never by running them."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from auditor.submission.metadata import Metadata
from auditor.submission.model import BlobMissing, Entry, EntryKind, Snapshot
from auditor.submission.paths import is_python, is_readme
from auditor.submission.text import decode

#: The name that the challenge asks for.
USUAL_NAME = "train_gpt.py"

_READ_BYTES = 512 * 1024
_CONSIDERED = 200  # scripts of one folder, the highest ones first
_INSTRUCTIONS = 20  # READMEs and shell scripts that are searched for commands

_TRAIN = re.compile(r"(?:^|[_\-. ])(?:pre)?train(?:er|ing)?(?:[_\-. ]|$)")
_SECOND_HAND = re.compile(
    r"(?:^|[_\-. ])(?:human|readable|annotated|unpacked|decod\w*|unminified|expanded|pretty|plain"
    r"|orig\w*|og|old|backup|bak|copy|base|baseline|reference|debug|smoke|test|draft|excerpt|log|logs"
    r"|plot|util|utils)(?:[_\-. ]|$)"
)
_UPDATES = re.compile(r"\.backward\(|value_and_grad\(|\.step\(\)")
_SCORES = re.compile(r"val_bpb|bits_per_byte|fineweb|val_loss")
_EXECUTES = re.compile(r"\bexec\s*\(")
_DELEGATES = re.compile(r"\bexec\s*\(|runpy|importlib|os\.exec|subprocess")
_COMMAND = re.compile(r"\b(?:python[\d.]*|torchrun|accelerate|uv run|modal run)\b([^\n]{0,500})")


def main_script(
    snapshot: Snapshot, entries: Iterable[Entry], folder: str, metadata: Metadata
) -> str | None:
    """The script of a folder that trains the model and computes the claimed score.

    Args:
        snapshot: where the scripts are read from.
        entries: files to choose from.
        folder: the folder they belong to; scripts directly in it go before those further down.
        metadata: the submission's JSON.

    Returns:
        The path, or `None` where no script looks as if it trained anything.
    """
    entries = tuple(entries)
    found = trainers(snapshot, entries, folder)
    if not found:
        return None
    highest = min(_depth(entry.path, folder) for entry in found)
    found = [entry for entry in found if _depth(entry.path, folder) == highest]
    if len(found) == 1:
        return found[0].path
    commands = _commands(snapshot, entries)
    best = min(found, key=lambda entry: _rank(entry, metadata, commands))
    usual = next((entry for entry in found if _is_usual(entry.path)), best)
    if usual != best and _is_stock(snapshot, usual):
        # A copy of the challenge's own script, beside one that is run, is there to compare with.
        return best.path
    return usual.path


def trainers(snapshot: Snapshot, entries: Iterable[Entry], folder: str) -> list[Entry]:
    """The scripts that look like trainers, by name and content.

    Where no script with a trainer's name also reads like one, one directly in `folder` that reads
    like one counts, and as a last resort the name alone. `train_gpt.py` counts whatever is in it.
    """
    scripts = [e for e in entries if e.kind is EntryKind.FILE and is_python(e.path)]
    scripts = sorted(scripts, key=lambda e: (e.path.count("/"), e.path))[:_CONSIDERED]
    named = [e for e in scripts if is_named_trainer(e.path)]
    read = [e for e in named if _is_usual(e.path) or _trains(snapshot, e)]
    if read:
        return read
    direct = [e for e in scripts if e not in named and _depth(e.path, folder) == 0]
    return [e for e in direct if _trains(snapshot, e)] or named


def is_named_trainer(path: str) -> bool:
    """Whether a script's name says that it trains; scripts of a test suite never do."""
    *above, name = path.lower().split("/")
    stem, suffix = posixpath.splitext(name)
    tests = stem.startswith("test") or not {"test", "tests", "fixtures"}.isdisjoint(above)
    return suffix == ".py" and _TRAIN.search(stem) is not None and not tests


def _is_usual(path: str) -> bool:
    return posixpath.basename(path).lower() == USUAL_NAME


def _depth(path: str, folder: str) -> int:
    return path.count("/") - (folder.count("/") + 1 if folder else 0)


def _is_stock(snapshot: Snapshot, entry: Entry) -> bool:
    official = snapshot.find(posixpath.basename(entry.path))
    if official is None or official.path == entry.path or official.size != entry.size:
        return False
    try:
        return snapshot.read(official.path) == snapshot.read(entry.path)
    except BlobMissing:
        return False


def _trains(snapshot: Snapshot, entry: Entry) -> bool:
    text = _text(snapshot, entry.path)
    packed = "decompress" in text and _EXECUTES.search(text) is not None
    shim = len(text) < 1000 and _DELEGATES.search(text) is not None
    return packed or shim or (bool(_UPDATES.search(text)) and bool(_SCORES.search(text)))


def _rank(entry: Entry, metadata: Metadata, commands: Sequence[str]) -> tuple[object, ...]:
    name = posixpath.basename(entry.path).lower()
    stem = posixpath.splitext(name)[0]
    return (
        entry.size not in metadata.code_sizes,
        _SECOND_HAND.search(stem) is not None,
        -Counter(commands)[name],
        commands.index(name) if name in commands else len(commands),
        not name.startswith("train_gpt"),
        len(name),
        -(entry.size or 0),
        entry.path,
    )


def _commands(snapshot: Snapshot, entries: Sequence[Entry]) -> list[str]:
    """Names of the scripts that READMEs and shell scripts run, in the order they are run."""
    texts = [e.path for e in entries if is_readme(e.path) or e.path.lower().endswith(".sh")]
    texts.sort(key=lambda path: (path.count("/"), not is_readme(path), path))
    run = []
    for path in texts[:_INSTRUCTIONS]:
        joined = _text(snapshot, path).replace("\\\n", " ")
        for command in _COMMAND.finditer(joined):
            words = (word.strip("\"'`,;:().") for word in command.group(1).lower().split())
            script = next(filter(is_python, words), None)
            if script is not None:
                run.append(posixpath.basename(script))
    return run


def _text(snapshot: Snapshot, path: str) -> str:
    try:
        return decode(snapshot.read(path, _READ_BYTES))
    except BlobMissing:
        return ""
