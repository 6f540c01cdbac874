"""What a submission's JSON says about itself, as far as it helps to tell submissions apart.

The numbers in it are evidence for a later stage; here they only tell which of several folders the
claim belongs to and which of several scripts was measured.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from auditor.submission.model import BlobMissing, Snapshot, Track
from auditor.submission.paths import day_in, track_named
from auditor.submission.text import decode

#: Bytes of a JSON that are read; the largest real one has under a tenth of this.
MAX_BYTES = 1024 * 1024

#: Keys that hold a score in bits per byte which is not the one claimed.
_NOT_THE_SCORE = re.compile(
    r"std|delta|diff|gain|improve|base|sota|prior|parent|prev|pre_|without|no_|limit|target"
)
_LEADING_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)(?![\d.])")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The JSON object of a submission; empty where there is none or it does not parse."""

    document: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The submission's own name for itself, or `""`."""
        name = self.document.get("name") or self.document.get("title")
        return name if isinstance(name, str) else ""

    @property
    def techniques(self) -> tuple[str, ...]:
        """The submission's own short names for what it does."""
        listed = self.document.get("techniques")
        items = listed if isinstance(listed, list) else [listed]
        return tuple(item[:200] for item in items[:40] if isinstance(item, str))

    @property
    def score(self) -> float | None:
        """The claimed score in bits per byte, or `None` where no key states one.

        `val_bpb` goes first; the others follow in the order of the file, except those whose key
        says that they are a spread, a comparison or an intermediate result.
        """
        keys = [key for key in self.document if "bpb" in key.lower()]
        keys = [key for key in keys if not _NOT_THE_SCORE.search(key.lower())]
        keys.sort(key=lambda key: key != "val_bpb")
        scores = (_score(self.document[key]) for key in keys)
        return next((score for score in scores if score is not None), None)

    @property
    def day(self) -> date | None:
        """The submission's own date."""
        stated = self.document.get("date")
        return day_in(stated) if isinstance(stated, str) else None

    @property
    def is_description(self) -> bool:
        """Whether it describes a submission, whatever the file is called: it names an author."""
        return not self.document.keys().isdisjoint(("author", "github_id"))

    @property
    def track(self) -> Track:
        """The track that the submission says it is in."""
        stated = self.document.get("track")
        track = track_named(stated) if isinstance(stated, str) else Track.NONE
        return Track.NONE if track is Track.OTHER else track

    @property
    def code_sizes(self) -> frozenset[int]:
        """Every number of bytes that it states for its code."""
        sizes = (value for key, value in self.document.items() if "code" in key.lower())
        return frozenset(size for size in sizes if isinstance(size, int))


def read_metadata(snapshot: Snapshot, path: str | None) -> Metadata:
    """Reads the JSON at `path`; what is missing, too deep or no JSON object reads as empty."""
    if path is None:
        return Metadata()
    try:
        document = json.loads(decode(snapshot.read(path, MAX_BYTES)))
    except (BlobMissing, ValueError, RecursionError):
        return Metadata()
    return Metadata(document) if isinstance(document, dict) else Metadata()


def _score(value: object) -> float | None:
    if isinstance(value, str):
        match = _LEADING_NUMBER.match(value)
        return _score(float(match.group(1))) if match else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # A template's 0.0 is no score, and no byte needs more than eight bits.
    return float(value) if math.isfinite(value) and 0 < value <= 8 else None
