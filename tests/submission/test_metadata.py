from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.submission.folder import FolderSnapshot
from auditor.submission.metadata import MAX_BYTES, Metadata, read_metadata
from auditor.submission.model import Track

from .builders import write_tree

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
KEYS = st.sampled_from(["val_bpb", "name", "date", "track", "bytes_code", "author"])


@pytest.mark.parametrize(
    ("document", "score"),
    [
        ({"val_bpb": 1.25}, 1.25),
        ({"val_bpb": "1.25"}, 1.25),
        ({"val_bpb": "1.2930 (one GPU)"}, 1.293),
        ({"val_bpb": None, "mean_val_bpb": 1.1}, 1.1),
        ({"other_bpb": 2.0, "val_bpb": 1.25}, 1.25),
        ({"val_bpb_std": 0.001, "pre_quant_val_bpb": 1.2, "baseline_bpb": 1.3}, None),
        ({"val_bpb": 0.0}, None),
        ({"val_bpb": "TBD"}, None),
        ({"val_bpb": "1.2.3"}, None),
        ({"val_bpb": True}, None),
        ({"val_bpb": float("nan")}, None),
        ({"val_bpb": {"mean": 1.2}}, None),
        ({}, None),
    ],
)
def test_the_score_is_the_one_that_is_claimed(
    document: dict[str, object], score: float | None
) -> None:
    assert Metadata(document).score == score


def test_day_track_name_and_code_size_are_read_where_they_have_the_right_type() -> None:
    full = Metadata(
        {"name": "N", "date": "2026-04-05T10:00Z", "track": "10min_16mb", "bytes_code": 7}
    )
    assert (full.name, full.day, full.track) == ("N", date(2026, 4, 5), Track.TEN_MINUTES)
    assert full.code_sizes == {7}
    odd = Metadata({"name": 1, "date": 2026, "track": "somewhere", "bytes_code": "7"})
    assert (odd.name, odd.day, odd.track, odd.code_sizes) == ("", None, Track.NONE, frozenset())


def test_every_spelling_of_the_non_record_track_is_known() -> None:
    for track in ("non-record-16mb", "non_record_16mb", "non-record-unlimited-compute-16mb"):
        assert Metadata({"track": track}).track is Track.NON_RECORD


@given(st.dictionaries(KEYS, JSON_VALUES))
def test_no_document_makes_it_fail(document: dict[str, object]) -> None:
    metadata = Metadata(document)
    assert metadata.score is None or 0 < metadata.score <= 8
    assert isinstance(metadata.name, str)
    assert (metadata.day, metadata.track, metadata.code_sizes) is not None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[1]",
        "null",
        "[" * 100_000,
        '{"a": ' + "9" * 5000 + "}",
        '{"a": "' + "x" * MAX_BYTES + '"}',
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_json_object_reads_as_empty(tmp_path: Path, content: str | bytes) -> None:
    snapshot = FolderSnapshot(write_tree(tmp_path, {"submission.json": content}))
    assert read_metadata(snapshot, "submission.json") == Metadata()


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    snapshot = FolderSnapshot(write_tree(tmp_path, {"s.json": '\ufeff{"val_bpb": 1.5}'}))
    assert read_metadata(snapshot, "s.json").score == 1.5


def test_a_missing_file_reads_as_empty(tmp_path: Path) -> None:
    assert read_metadata(FolderSnapshot(tmp_path), "submission.json") == Metadata()
    assert read_metadata(FolderSnapshot(tmp_path), None) == Metadata()
