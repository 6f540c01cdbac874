"""Pairs of miniature submissions that differ by a few lines: one keeps the rules, one breaks them.

Each folder of `tests/pairs` holds a `legal` and an `illegal` submission and a `pair.toml`:

    families   what the illegal one breaks; a failing rule of any of these families is right
    style      how both are written
    differs    what the difference is
    packed     how the script is to be packed before it is audited, where it is
    unresolved why the pair is not told apart yet, where it is not
"""

from __future__ import annotations

import base64
import lzma
import shutil
import tomllib
import zlib
from pathlib import Path

import pytest

from auditor.audit import audit
from auditor.findings import RuleResult, Status
from auditor.submission import from_folder

PAIRS = Path(__file__).parent / "pairs"

ORDER_AND_DATA = frozenset({"TTT", "SLOT", "CAUS", "NG", "DIST", "PPM", "CAL", "DATA", "ORD"})


def packed_by_lzma(source: bytes) -> str:
    blob = base64.b85encode(lzma.compress(source)).decode()
    return f"import lzma as L,base64 as B\nexec(L.decompress(B.b85decode({blob!r})))\n"


def packed_by_zlib(source: bytes) -> str:
    blob = base64.b64encode(zlib.compress(source, 9)).decode()
    return (
        "import base64, zlib\n"
        f"code = zlib.decompress(base64.b64decode({blob!r})).decode()\n"
        "exec(compile(code, 'train_gpt.py', 'exec'))\n"
    )


PACKERS = {"lzma": packed_by_lzma, "zlib": packed_by_zlib}


def described(pair: Path) -> dict[str, object]:
    return tomllib.loads((pair / "pair.toml").read_text(encoding="utf-8"))


def cases() -> list[object]:
    found: list[object] = []
    for pair in sorted(path for path in PAIRS.iterdir() if path.is_dir()):
        reason = described(pair).get("unresolved")
        marks = [] if reason is None else [pytest.mark.xfail(reason=str(reason), strict=True)]
        found.append(pytest.param(pair, id=pair.name, marks=marks))
    return found


def family(result: RuleResult) -> str:
    return result.rule_id.rstrip("0123456789")


def failing(folder: Path, packer: object, scratch: Path) -> list[RuleResult]:
    if packer is not None:
        source = (folder / "train_gpt.py").read_bytes()
        folder = Path(shutil.copytree(folder, scratch / folder.name))
        (folder / "train_gpt.py").write_text(PACKERS[str(packer)](source), encoding="utf-8")
    results = audit(from_folder(folder)).results
    failed = [result for result in results if result.status is Status.FAIL]
    return [result for result in failed if family(result) in ORDER_AND_DATA]


@pytest.mark.parametrize("pair", cases())
def test_the_legal_one_passes_and_the_illegal_one_fails(pair: Path, tmp_path: Path) -> None:
    meta = described(pair)
    packer, families = meta.get("packed"), meta["families"]
    assert isinstance(families, list)
    legal = failing(pair / "legal", packer, tmp_path)
    illegal = failing(pair / "illegal", packer, tmp_path)
    assert [(result.rule_id, result.summary) for result in legal] == []
    assert {family(result) for result in illegal} & set(families)


def test_the_two_of_a_pair_differ_little() -> None:
    for pair in (path for path in PAIRS.iterdir() if path.is_dir()):
        changed = 0
        for file in (pair / "legal").rglob("*"):
            other = pair / "illegal" / file.relative_to(pair / "legal")
            if file.suffix in (".py", ".sh"):
                left, right = file.read_text().splitlines(), other.read_text().splitlines()
                changed += len(set(left) ^ set(right))
        assert changed <= 16, pair.name
