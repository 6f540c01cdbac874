from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.submission.model import Track
from auditor.submission.paths import (
    day_in,
    is_container,
    is_metadata,
    is_readme,
    record_folder,
    track_of,
)

NAMES = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=8)
PATHS = st.lists(
    st.sampled_from(["records", "track_10min_16mb", "track_non_record_16mb"]) | NAMES,
    min_size=1,
    max_size=7,
).map("/".join)


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("records/track_10min_16mb/A/train_gpt.py", "records/track_10min_16mb/A"),
        ("records/track_10min_16mb/A/logs/1.log", "records/track_10min_16mb/A"),
        ("records/mine/train_gpt.py", "records/mine"),
        ("registros/track_10min_16mb/A/x.py", "registros/track_10min_16mb/A"),
        ("fork/records/track_10min_16mb/A/x", "fork/records/track_10min_16mb/A"),
        (
            "records/track_10min_16mb/records/track_10min_16mb/A/x.py",
            "records/track_10min_16mb/records/track_10min_16mb/A",
        ),
    ],
)
def test_the_record_folder_lies_right_below_records_and_tracks(path: str, folder: str) -> None:
    assert record_folder(path) == folder


@pytest.mark.parametrize(
    "path",
    [
        "train_gpt.py",
        "records/notes.md",
        "records/track_10min_16mb/notes.md",
        "data/records/shard.bin",
        "experiments/one/train_gpt.py",
    ],
)
def test_files_outside_or_loose_in_a_track_have_no_record_folder(path: str) -> None:
    assert record_folder(path) is None


@given(PATHS)
def test_a_record_folder_is_above_its_file_and_below_no_other(path: str) -> None:
    folder = record_folder(path)
    if folder is not None:
        assert path.startswith(f"{folder}/")
        assert record_folder(folder) is None
        assert not is_container(folder)


@given(PATHS)
def test_every_path_has_a_track(path: str) -> None:
    assert track_of(path) in Track


@pytest.mark.parametrize(
    ("folder", "track"),
    [
        ("records/track_10min_16mb/A", Track.TEN_MINUTES),
        ("records/track_non_record_16mb/A", Track.NON_RECORD),
        ("records/track_10min_16mb/records/track_non_record_16mb/A", Track.NON_RECORD),
        ("records/track_10min_16mb", Track.TEN_MINUTES),
        ("records/mine", Track.OTHER),
        ("records/track_1h/A", Track.OTHER),
        ("mine", Track.NONE),
        ("", Track.NONE),
    ],
)
def test_the_innermost_track_directory_names_the_track(folder: str, track: Track) -> None:
    assert track_of(folder) is track


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-19_Name", date(2026, 3, 19)),
        ("2026_04_09_name", date(2026, 4, 9)),
        ("2026-4-24-name", date(2026, 4, 24)),
        ("run-20260403_063554", date(2026, 4, 3)),
        ("30-04-2026_name", date(2026, 4, 30)),
        ("04-30-2026_name", date(2026, 4, 30)),
        ("2026-04-05T12:00:00Z", date(2026, 4, 5)),
        ("2026-13-40_then_2026-01-02", date(2026, 1, 2)),
        ("2026-04_no_day", None),
        ("1x5090_loss_1.2026", None),
        ("params_202611", None),
        ("", None),
    ],
)
def test_a_day_is_read_in_the_forms_people_write_it(text: str, day: date | None) -> None:
    assert day_in(text) == day


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)), NAMES)
def test_an_iso_day_at_the_start_of_a_name_is_found(day: date, rest: str) -> None:
    assert day_in(f"{day.isoformat()}_{rest}") == day


def test_readme_and_metadata_go_by_name_in_any_case() -> None:
    assert all(map(is_readme, ["README.md", "a/Readme.TXT", "README.MD", "readme"]))
    assert not any(map(is_readme, ["README.py", "myreadme.md", "README.md.log"]))
    assert all(map(is_metadata, ["submission.json", "a/submission_x.json", "Submission.JSON"]))
    assert not any(map(is_metadata, ["config.json", "submission.py"]))
