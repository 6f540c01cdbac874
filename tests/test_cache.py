from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from auditor import cache as cache_module
from auditor.cache import Cache, default_folder, tool_digest


def test_an_answer_is_found_again_under_the_same_content(tmp_path: Path) -> None:
    Cache(tmp_path).put(b"answer", "report", "12 abc")
    assert Cache(tmp_path).get("report", "12 abc") == b"answer"


@pytest.mark.parametrize("content", [("report", "12 abd"), ("report",), ("report12 abc",), ()])
def test_other_content_is_another_question(tmp_path: Path, content: tuple[str, ...]) -> None:
    Cache(tmp_path).put(b"answer", "report", "12 abc")
    assert Cache(tmp_path).get(*content) is None


def test_parts_are_kept_apart(tmp_path: Path) -> None:
    Cache(tmp_path).put(b"answer", "ab", "c")
    assert Cache(tmp_path).get("a", "bc") is None


def test_another_version_of_the_tool_remembers_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Cache(tmp_path).put(b"answer", "report")
    monkeypatch.setattr(cache_module, "tool_digest", lambda: "another version")
    assert Cache(tmp_path).get("report") is None


def test_a_changed_rule_is_another_version_of_the_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "rule.py").write_text("LIMIT = 1\n")

    def digest() -> str:
        tool_digest.cache_clear()
        return tool_digest()

    monkeypatch.setattr(cache_module.resources, "files", lambda _name: package)
    try:
        before = digest()
        assert digest() == before
        (package / "rule.py").write_text("LIMIT = 2\n")
        changed = digest()
        (package / "notes.txt").write_text("not code\n")
        assert digest() == changed != before
    finally:
        tool_digest.cache_clear()


def test_a_new_answer_replaces_the_old(tmp_path: Path) -> None:
    memory = Cache(tmp_path)
    memory.put(b"old", "report")
    memory.put(b"new", "report")
    assert memory.get("report") == b"new"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("damage", [b"", b"new", b"\0" * 40, bytes(31)])
def test_a_damaged_answer_is_no_answer(tmp_path: Path, damage: bytes) -> None:
    memory = Cache(tmp_path)
    memory.put(b"answer", "report")
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(damage)
    assert memory.get("report") is None


def test_an_answer_may_be_empty(tmp_path: Path) -> None:
    Cache(tmp_path).put(b"", "report")
    assert Cache(tmp_path).get("report") == b""


def test_a_folder_that_cannot_be_written_is_merely_not_used(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    memory = Cache(occupied)
    memory.put(b"answer", "report")
    assert memory.get("report") is None
    assert occupied.read_text() == "not a folder"


def test_a_folder_that_was_cleared_is_made_anew(tmp_path: Path) -> None:
    memory = Cache(tmp_path / "cache")
    memory.put(b"answer", "report")
    shutil.rmtree(tmp_path / "cache")
    assert memory.get("report") is None
    memory.put(b"answer", "report")
    assert memory.get("report") == b"answer"


def test_the_folder_is_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert default_folder() == Path("/caches/parameter-golf-auditor")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert default_folder() == Path("/home/somebody/.cache/parameter-golf-auditor")
