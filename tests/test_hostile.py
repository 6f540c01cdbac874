"""Bad input, end to end: each ends in a clear message and an honest outcome.

Never a pass of what was not read, never a crash, and only one line where nothing can be audited.
"""

from __future__ import annotations

import base64
import bz2
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules.miniature import program
from rules.ttt001 import ADAPT_ALL
from tests.command import Auditor
from tests.submission.builders import (
    RECORDS,
    Content,
    Files,
    Link,
    Submodule,
    World,
    entry,
    write_tree,
)

FOLDER = f"{RECORDS}/2026-04-01_Mine"
LEGAL = program()
ILLEGAL = program(ADAPT_ALL, before_scoring="adapt(model, val_tokens)")
LOG = "final_exact val_loss:2.11064880 val_bpb:1.25000000\n"

#: Rules that are answered from the program's text; without it they must stay open.
FROM_CODE = {"TTT001", "TTT002", "TTT003", "TTT004", "DATA001", "NET001", "SLOT001", "NG001"}


def files(script: Content = LEGAL, **more: Content) -> Files:
    complete: dict[str, Content] = {"train_gpt.py": script, "train.log": LOG}
    complete |= {name.replace("__", "."): content for name, content in more.items()}
    return entry("2026-04-01_Mine", 1.25, complete)


class Audits:
    """Audits as the command line does them, with what must hold of every one."""

    def __init__(self, auditor: Auditor) -> None:
        self._auditor = auditor

    def report(self, *arguments: str | Path) -> dict[str, Any]:
        """The report of an audit that ended as it should, with nothing on standard error."""
        ended = self._auditor("audit", *arguments, "--format", "json")
        assert ended.err == ""
        report: dict[str, Any] = ended.json()
        failing = [rule for rule in report["rules"] if rule["status"] == "fail"]
        assert ended.status == bool(failing)
        return report

    def shown(self, tree: Path, form: str) -> str:
        """The report in another format."""
        ended = self._auditor("audit", tree, "--format", form)
        assert ended.err == ""
        assert ended.status in (0, 1)
        return ended.out

    def refused(self, *arguments: str | Path) -> str:
        """The one line that says why nothing can be audited."""
        ended = self._auditor("audit", *arguments)
        assert (ended.status, ended.out) == (2, "")
        assert ended.err.startswith("auditor: ")
        assert ended.err.count("\n") == 1
        return ended.err


@pytest.fixture
def audits(auditor: Auditor) -> Audits:
    return Audits(auditor)


def statuses(report: dict[str, Any]) -> dict[str, str]:
    return {rule["id"]: rule["status"] for rule in report["rules"]}


def assert_unread(report: dict[str, Any], said: str) -> None:
    """The program was not read, the report says so, and no rule about code passes."""
    assert report["verdict"] != "compliant"
    assert report["ttt_order"] == "unknown"
    assert {statuses(report)[rule] for rule in FROM_CODE} == {"unknown"}
    assert any(said in note for note in report["notes"])


# --- nothing to audit ----------------------------------------------------------------------------


def test_no_record_folder(audits: Audits, tmp_path: Path) -> None:
    write_tree(tmp_path, {"docs/a.md": "a", "src/b.py": "b = 1\n"})
    assert "record folder" in audits.refused(tmp_path)


def test_a_pull_request_without_a_record_folder(audits: Audits, world: World) -> None:
    base = world.main({"README.md": "."})
    world.pull(7, {"docs/a.md": "a"}, [base])
    assert "record folder" in audits.refused("--repo", world.path, "--pr", "7")


def test_a_folder_name_that_writes_to_the_terminal(audits: Audits, tmp_path: Path) -> None:
    line = audits.refused(tmp_path / "\x1b[31mred\u202e\nauditor: all is well")
    assert line.isprintable() or line[:-1].isprintable()


# --- scripts that cannot be read -----------------------------------------------------------------

HELD = "x = " + "-" * 20_000 + "1\n"

UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "is empty"),
    "only comments": ("# nothing\n\n", "holds no statement"),
    "broken": (LEGAL + "def f(:\n", "could not be parsed"),
    "never closed": (LEGAL + "x = '''", "never closed"),
    "3,000 brackets": (LEGAL + "x = " + "[" * 3_000 + "]" * 3_000, "more than 100 deep"),
    "1,000 calls": (LEGAL + "x = " + "f(" * 1_000 + ")" * 1_000, "more than 100 deep"),
    "20,000 signs": (LEGAL + HELD, "parts in a row"),
    "500 blocks": (
        LEGAL + "".join(f"{' ' * d}if x:\n" for d in range(500)) + " " * 500 + "y = 1\n",
        "could not be parsed",
    ),
    "not text": (bytes(range(256)) * 40, "could not be parsed"),
    "bz2 bomb": (
        "import bz2, base64\nexec(bz2.decompress(base64.b85decode("
        f"{base64.b85encode(bz2.compress(bytes(512 * 1024 * 1024)))!r})))\n",
        "could not be opened",
    ),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_script_that_cannot_be_read_is_never_passed(
    audits: Audits, kind: str, tmp_path: Path
) -> None:
    script, said = UNREADABLE[kind]
    assert_unread(audits.report(write_tree(tmp_path, files(script))), said)


def test_an_empty_script_fails_the_rule_on_packaging(audits: Audits, tmp_path: Path) -> None:
    report = audits.report(write_tree(tmp_path, files("")))
    assert report["verdict"] == "violation"
    assert statuses(report)["PKG001"] == "fail"


# --- scripts that look unreadable and are not ----------------------------------------------------

READABLE: dict[str, Callable[[str], str | bytes]] = {
    "byte order mark": lambda code: "\ufeff" + code,
    "carriage returns": lambda code: code.replace("\n", "\r\n"),
    "UTF-16": lambda code: code.encode("utf-16"),
    "NUL bytes": lambda code: code.replace("import torch\n", "import torch\0\n", 1),
    "minified": lambda code: code + "x=1 if a else(b if c else d)\ny=0xfor 2\n",
    "PEP 701": lambda code: code + "print(f'{rows['a']} {'\\n'.join(rows)}')\n",
    "leading backslash": lambda code: "\\\n" + code,
    "12,000 adjacent strings": lambda code: code + "x = (" + "'abc'\n" * 12_000 + ")\n",
    "a literal of 1.6 MB": lambda code: code + f"x = {'a' * 1_600_000!r}\n",
}


@pytest.mark.parametrize("kind", READABLE)
def test_a_valid_script_is_read_however_it_is_written(
    audits: Audits, kind: str, tmp_path: Path
) -> None:
    write = READABLE[kind]
    legal = audits.report(write_tree(tmp_path / "legal", files(write(LEGAL))))
    illegal = audits.report(write_tree(tmp_path / "illegal", files(write(ILLEGAL))))
    assert statuses(legal)["TTT001"] == "pass"
    assert statuses(illegal)["TTT001"] == "fail"
    assert legal["notes"] == []


def test_a_script_of_1_6_megabytes_is_read(audits: Audits, tmp_path: Path) -> None:
    table = "".join(f"T{n} = f([{n}, 0.5], 'a{'b' * 200}')\n" for n in range(7_500))
    assert len(table) > 1_600_000
    report = audits.report(write_tree(tmp_path, files(table + ILLEGAL)))
    assert statuses(report)["TTT001"] == "fail"


def test_a_script_that_exhausts_its_reader_leaves_the_rest_judged(
    audits: Audits, tmp_path: Path
) -> None:
    calls = "".join(f"def f{n}(): return [f{n + 1}(), f{n + 1}()]\n" for n in range(40))
    report = audits.report(write_tree(tmp_path, files(calls + "f0()\n" + ILLEGAL)))
    assert report["verdict"] != "compliant"
    assert statuses(report)["PKG002"] == "pass"


# --- logs and JSON -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "log",
    [
        LOG.encode("utf-16"),
        LOG.encode("utf-16-le"),
        LOG.replace("val", "v\0al").encode(),
        b"\xef\xbb\xbf" + LOG.encode(),
        LOG.replace("\n", "\r\n").encode(),
        b"\xfa broken \x80\n" * 20 + LOG.encode(),
        ("progress 10%\rprogress 20%\r" * 1000 + "\n" + LOG).encode(),
    ],
    ids=["UTF-16", "UTF-16 without mark", "NUL", "mark", "CRLF", "not UTF-8", "progress bars"],
)
def test_a_log_in_any_encoding_still_shows_its_score(
    audits: Audits, log: bytes, tmp_path: Path
) -> None:
    report = audits.report(write_tree(tmp_path, files(train__log=log)))
    logged = [fact for fact in report["facts"] if fact["quantity"] == "val_bpb"]
    assert 1.25 in [fact["value"] for fact in logged if fact["standing"] == "logged"]


BROKEN_JSON = {
    "NaN": '{"author": "a", "val_bpb": NaN, "bytes_total": Infinity}',
    "half": '{"author": "a", "val_bpb": 1.2',
    "trailing comma": '{"author": "a", "val_bpb": 1.25,}',
    "a list": "[1, 2]",
    "nested": "[" * 100_000,
    "empty": "",
    "huge numbers": '{"val_bpb": 1e999, "bytes_total": ' + "9" * 5_000 + "}",
    "duplicate keys": '{"val_bpb": 1.0, "val_bpb": 1.25}',
    "not UTF-8": b'{"val_bpb": "\xff\xfe"}',
}


@pytest.mark.parametrize("kind", BROKEN_JSON)
def test_metadata_that_is_no_plain_json_ends_in_valid_json(
    audits: Audits, kind: str, tmp_path: Path
) -> None:
    report = audits.report(write_tree(tmp_path, files(submission__json=BROKEN_JSON[kind])))
    assert report["verdict"] != "compliant"
    if kind in ("half", "a list", "nested", "empty"):
        assert statuses(report)["PKG002"] == "fail"


# --- trees ---------------------------------------------------------------------------------------


def test_a_link_out_of_the_folder_is_told_and_not_followed(audits: Audits, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("val_bpb:0.1234567\n")
    tree = write_tree(tmp_path / "tree", files(leak__log=Link(str(secret))))
    report = audits.report(tree)
    assert "0.1234567" not in json.dumps(report)
    assert any("link" in note and "outside the tree" in note for note in report["notes"])


def test_a_script_that_is_a_link_is_not_read(audits: Audits, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.py"
    elsewhere.write_text(LEGAL)
    report = audits.report(write_tree(tmp_path / "tree", files(Link(str(elsewhere)))))
    assert report["verdict"] != "compliant"
    assert {statuses(report)[rule] for rule in FROM_CODE} == {"unknown"}


def test_links_in_circles_end(audits: Audits, tmp_path: Path) -> None:
    loop = {f"{FOLDER}/loop": Link("."), f"{FOLDER}/self.log": Link("self.log")}
    report = audits.report(write_tree(tmp_path, {**files(), **loop}))
    assert statuses(report)["TTT001"] == "pass"


def test_links_and_submodules_of_a_clone_are_told_and_not_followed(
    audits: Audits, world: World
) -> None:
    base = world.main({"README.md": "."})
    odd = {f"{FOLDER}/lib": Submodule(), f"{FOLDER}/out.log": Link("/etc/passwd")}
    world.pull(7, {**files(), **odd}, [base])
    report = audits.report("--repo", world.path, "--pr", "7")
    told = " ".join(report["notes"])
    assert "submodule" in told
    assert "outside the tree" in told
    assert "root:" not in json.dumps(report)


def test_ten_thousand_files(audits: Audits, tmp_path: Path) -> None:
    many = {f"{FOLDER}/build/{n % 100}/{n}.txt": "x\n" for n in range(10_000)}
    report = audits.report(write_tree(tmp_path, {**files(), **many}))
    assert statuses(report)["TTT001"] == "pass"
    assert len(json.dumps(report)) < 2_000_000


def test_names_that_would_mislead_a_reader_are_told(audits: Audits, tmp_path: Path) -> None:
    odd = {f"{FOLDER}/notes\u202etxt.py": "x = 1\n", f"{FOLDER}/a\nb.log": "x\n"}
    tree = write_tree(tmp_path, {**files(), **odd})
    report = audits.report(tree)
    assert any("control or invisible" in note for note in report["notes"])
    for form in ("terminal", "markdown", "github", "sarif"):
        assert "\u202e" not in audits.shown(tree, form)


def test_a_script_is_never_executed(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    danger = f"import os\nopen({str(mark)!r}, 'w').close()\nos.system('touch {mark}')\n"
    tree = {
        **files(danger + LEGAL),
        f"{FOLDER}/conftest.py": danger,
        f"{FOLDER}/sitecustomize.py": danger,
        f"{FOLDER}/libcst.py": danger,
        f"{FOLDER}/__init__.py": danger,
    }
    write_tree(tmp_path, tree)
    ended = subprocess.run(
        [sys.executable, "-m", "auditor", "audit"],
        cwd=tmp_path / FOLDER,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        check=False,
        timeout=240,
    )
    assert ended.returncode in (0, 1)
    assert not mark.exists()
