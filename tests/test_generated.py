from __future__ import annotations

from pathlib import Path

import pytest

from auditor import generated
from rules import all_rules


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path in generated.FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    generated.write(tmp_path)
    return tmp_path


def test_what_was_just_written_is_up_to_date(tree: Path):
    assert generated.stale(tree) == []


def test_a_change_by_hand_is_noticed(tree: Path):
    page = tree / "docs/rules.md"
    page.write_text(page.read_text("utf-8").replace("#", "##"), "utf-8")
    assert generated.stale(tree) == ["docs/rules.md"]


def test_a_missing_file_is_noticed(tree: Path):
    (tree / "auditor/schema/audit-1.schema.json").unlink()
    assert generated.stale(tree) == ["auditor/schema/audit-1.schema.json"]


def test_the_page_has_an_anchor_and_the_sources_of_every_rule(tree: Path):
    page = (tree / "docs/rules.md").read_text("utf-8")
    for rule in all_rules():
        assert f'<a id="{rule.id}"></a>' in page
        assert all(source.url in page for source in rule.sources)


def test_fences_and_folds_are_closed(tree: Path):
    lines = (tree / "docs/rules.md").read_text("utf-8").splitlines()
    assert sum(line.startswith("```") for line in lines) % 2 == 0
    assert sum(line.startswith("<details>") for line in lines) == lines.count("</details>")
