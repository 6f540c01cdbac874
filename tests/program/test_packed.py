"""Every shape in which submissions ship packed code: what is inside is judged, at its own lines."""

from __future__ import annotations

import base64
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from auditor.audit import audit
from auditor.findings import Status, TttOrder
from auditor.verdict import Audit
from rules.miniature import EVALUATE, program
from rules.ttt001 import ADAPT_ALL, RULE, SCORE_FIRST
from tests.memory import FOLDER, submission_of

LEGAL = program(evaluate=SCORE_FIRST)
ILLEGAL = program(ADAPT_ALL, before_scoring="adapt(model, val_tokens)")
DECIDED = program(
    ADAPT_ALL,
    evaluate="import os\n" + EVALUATE,
    before_scoring='if int(os.environ.get("TTT", "0")):\n    adapt(model, val_tokens)',
)

LZMA2 = [{"id": lzma.FILTER_LZMA2, "preset": 9}]
FILTER = '[{"id": L.FILTER_LZMA2}]'


def raw(code: str) -> bytes:
    return base64.b85encode(lzma.compress(code.encode(), lzma.FORMAT_RAW, filters=LZMA2))


def xz(code: str) -> bytes:
    return base64.b85encode(lzma.compress(code.encode()))


Files = dict[str, str | bytes]


def two_statements(code: str) -> Files:
    return {
        "train_gpt.py": "import lzma as L,base64 as B\n"
        f"exec(L.decompress(B.b85decode({raw(code)!r}),format=L.FORMAT_RAW,filters={FILTER}))\n"
    }


def one_statement(code: str) -> Files:
    return {
        "train_gpt.py": "exec(__import__('lzma').decompress("
        f"__import__('base64').b85decode({xz(code)!r})))\n"
    }


def size_stated_and_decoded_to_text(code: str) -> Files:
    return {
        "train_gpt.py": "import lzma as L, base64 as B\n__wrapper_size__ = 12345\n"
        f"_d = {raw(code).decode()!r}\n"
        "_s = L.decompress(B.b85decode(_d), format=L.FORMAT_RAW,"
        ' filters=[{"id": L.FILTER_LZMA2, "preset": 9 | L.PRESET_EXTREME}]).decode("utf-8")\n'
        "exec(_s)\n"
    }


def compiled_under_a_name(code: str) -> Files:
    return {
        "train_gpt.py": "import base64, lzma\n"
        f"exec(compile(lzma.decompress(base64.b85decode({xz(code)!r})), 'train.py', 'exec'))\n"
    }


def registered_for_tracebacks(code: str) -> Files:
    return {
        "train_gpt.py": "import base64, lzma, linecache\n"
        "globals()['__file__'] = 'train_gpt.py'\n"
        f"_src = lzma.decompress(base64.b85decode({xz(code)!r})).decode()\n"
        "linecache.cache['t.py'] = (len(_src), None, _src.splitlines(True), 't.py')\n"
        "exec(compile(_src, 't.py', 'exec'))\n"
    }


def zlib_and_base64(code: str) -> Files:
    data = base64.b64encode(zlib.compress(code.encode(), 9))
    return {
        "train_gpt.py": "from base64 import b64decode as d\nfrom zlib import decompress as z\n"
        f"exec(z(d({data!r})))\n"
    }


def packed_twice(code: str) -> Files:
    inner = two_statements(code)["train_gpt.py"]
    assert isinstance(inner, str)
    return two_statements(inner)


def list_of_strings(code: str) -> Files:
    data = raw(code).decode()
    rows = "".join(f"    {data[at : at + 60]!r},\n" for at in range(0, len(data), 60))
    return {
        "train_gpt.py": "import lzma as L, base64 as B\n"
        f'P = [\n{rows}]\nexec(L.decompress(B.b85decode("".join(P)), format=L.FORMAT_RAW,'
        f" filters={FILTER}))\n"
    }


def adjacent_strings(code: str) -> Files:
    data = raw(code).decode()
    rows = "".join(f"    {data[at : at + 20]!r}\n" for at in range(0, len(data), 20))
    return {
        "train_gpt.py": "import lzma as L, base64 as B\n"
        f"P = (\n{rows})\nexec(L.decompress(B.b85decode(P), format=L.FORMAT_RAW,"
        f" filters={FILTER}))\n"
    }


def blob_with_line_breaks(code: str) -> Files:
    data = xz(code)
    rows = b"\n".join(data[at : at + 76] for at in range(0, len(data), 76)).decode()
    return {
        "train_gpt.py": 'import lzma, base64\nBLOB = b"""\n'
        + rows
        + '\n"""\nexec(lzma.decompress(base64.b85decode(BLOB.replace(b"\\n", b""))))\n'
    }


def configuration_before_the_blob(code: str) -> Files:
    settings = "".join(f"SETTING_{number} = {number}\n" for number in range(300))
    return {"train_gpt.py": settings + str(one_statement(code)["train_gpt.py"])}


def written_and_run_by_path(code: str) -> Files:
    return {
        "train_gpt.py": "import lzma as L, base64 as B, os, sys, runpy, tempfile\n"
        f"_c = L.decompress(B.b85decode({xz(code)!r}))\n"
        '_d = os.path.join(tempfile.mkdtemp(), "inner.py")\n'
        'with open(_d, "wb") as _f: _f.write(_c)\n'
        'sys.argv[0] = _d; runpy.run_path(_d, run_name="__main__")\n'
    }


def written_and_imported_under_a_lock(code: str) -> Files:
    return {
        "train_gpt.py": "import lzma as L, base64 as B, importlib.util as U, os, sys, fcntl\n"
        f"_c = L.decompress(B.b85decode({xz(code)!r}))\n_p = '/tmp/inner.py'\n"
        "with open('/tmp/lock', 'w') as _l:\n"
        " fcntl.flock(_l, fcntl.LOCK_EX)\n"
        " if not os.path.exists(_p) or os.path.getsize(_p) != len(_c):\n"
        "  with open(_p, 'wb') as _f: _f.write(_c)\n"
        " fcntl.flock(_l, fcntl.LOCK_UN)\n"
        "_s = U.spec_from_file_location('__main__', _p)\n"
        "_m = U.module_from_spec(_s)\nsys.modules['__main__'] = _m\n_s.loader.exec_module(_m)\n"
    }


def bundle_of_several_files(code: str) -> Files:
    parts = [
        'exec(open(os.path.join(_d, "inner.py")).read())\n',
        code,
        "int main() { return 0; }\n",
    ]
    data = xz("\n# === part ===\n".join(parts))
    return {
        "train_gpt.py": "import lzma, base64, tempfile, os, sys\n"
        f"_b = lzma.decompress(base64.b85decode({data!r}))\n"
        '_p = _b.decode().split("\\n# === part ===\\n")\n'
        '_d = tempfile.mkdtemp(prefix="x_")\n'
        'for _n, _c in zip(["runner.py", "inner.py", "csrc/a.cpp"], _p):\n'
        " _f = os.path.join(_d, _n); os.makedirs(os.path.dirname(_f), exist_ok=True)\n"
        ' open(_f, "w").write(_c)\n'
        "sys.path.insert(0, _d)\n"
        'exec(open(os.path.join(_d, "runner.py")).read())\n'
    }


def text_of_a_neighbouring_file(code: str) -> Files:
    return {
        "train_gpt.py": 'exec(open(__file__.replace("train_gpt.py", "inner.py")).read())\n',
        "inner.py": code,
    }


def payload_in_a_neighbouring_file(code: str) -> Files:
    return {
        "train_gpt.py": "import lzma, pathlib\n"
        'exec(lzma.decompress(pathlib.Path(__file__).with_name("code.xz").read_bytes()))\n',
        "code.xz": lzma.compress(code.encode()),
    }


SHAPES: list[Callable[[str], Files]] = [
    two_statements,
    one_statement,
    size_stated_and_decoded_to_text,
    compiled_under_a_name,
    registered_for_tracebacks,
    zlib_and_base64,
    packed_twice,
    list_of_strings,
    adjacent_strings,
    blob_with_line_breaks,
    configuration_before_the_blob,
    written_and_run_by_path,
    written_and_imported_under_a_lock,
    bundle_of_several_files,
    text_of_a_neighbouring_file,
    payload_in_a_neighbouring_file,
]
each_shape = pytest.mark.parametrize("pack", SHAPES, ids=lambda pack: pack.__name__)


@dataclass(frozen=True)
class Judged:
    """What an audit by one rule answered."""

    status: Status
    order: TttOrder
    audit: Audit


def judge(files: Files) -> Judged:
    done = audit(submission_of(files), [RULE])
    return Judged(done.results[0].status, done.ttt_order, done)


@each_shape
def test_legal_code_is_still_legal_when_packed(pack: Callable[[str], Files]) -> None:
    judged = judge(pack(LEGAL))
    assert (judged.status, judged.order) == (Status.PASS, TttOrder.SCORE_FIRST)


@each_shape
def test_illegal_code_is_found_where_it_stands_in_the_payload(pack: Callable[[str], Files]) -> None:
    judged = judge(pack(ILLEGAL))
    assert (judged.status, judged.order) == (Status.FAIL, TttOrder.ADAPT_THEN_SCORE)
    step = 1 + next(i for i, line in enumerate(ILLEGAL.splitlines()) if "def adapt" in line)
    places = [place for finding in judged.audit.results[0].findings for place in finding.locations]
    flows = [place for finding in judged.audit.results[0].findings for place in finding.flow]
    assert any(step < place.line_start <= step + 8 for place in (*places, *flows))


def test_a_place_in_a_payload_names_its_layer_and_its_committed_file() -> None:
    judged = judge(two_statements(ILLEGAL))
    (finding,) = judged.audit.results[0].findings
    deciding = finding.locations[0]
    assert (deciding.file, deciding.layer) == (f"{FOLDER}/train_gpt.py", "decoded:1")
    assert ILLEGAL.splitlines()[deciding.line_start - 1].strip() == "opt.step()"


def test_a_layer_tells_how_it_was_opened() -> None:
    judged = judge(packed_twice(LEGAL))
    assert [(layer.name, layer.chain, layer.outcome) for layer in judged.audit.layers] == [
        (None, (), "read"),
        ("decoded:1", ("b85decode", "lzma"), "read"),
        ("decoded:2", ("b85decode", "lzma"), "read"),
    ]


@pytest.mark.parametrize(("switch", "status"), [("0", Status.PASS), ("1", Status.FAIL)])
def test_an_environment_that_is_set_before_the_payload_decides_it(
    switch: str, status: Status
) -> None:
    packed = str(two_statements(DECIDED)["train_gpt.py"])
    prologue = f'import os\nos.environ["TTT"] = "{switch}"\n'
    assert judge({"train_gpt.py": prologue + packed}).status is status
    prologue = f'import os\nos.environ.update(TTT="{switch}", LR=".1")\n'
    assert judge({"train_gpt.py": prologue + packed}).status is status


# --- what cannot be opened is said, and is never a pass ------------------------------------------

UNREADABLE: dict[str, Files] = {
    "data that fits no decoder": {
        "train_gpt.py": "import lzma, base64\n"
        f"exec(lzma.decompress(base64.b85decode({base64.b85encode(bytes(range(256)))!r})))\n"
    },
    "an unknown decoder": {
        "train_gpt.py": "import marshal, base64\n"
        f"exec(marshal.loads(base64.b85decode({xz(LEGAL)!r})))\n"
    },
    "a payload that is not shipped": {"train_gpt.py": 'exec(open("not_here.py").read())\n'},
    "broken code inside": two_statements("def f(:\n"),
    "nesting inside": two_statements("x = " + "(" * 3000 + ")" * 3000),
    "code from the network": {
        "train_gpt.py": "import urllib.request as u\n"
        'exec(u.urlopen("https://example.org/x").read())\n'
    },
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_payload_that_cannot_be_read_leaves_the_question_open(kind: str) -> None:
    judged = judge(UNREADABLE[kind])
    assert (judged.status, judged.order) == (Status.UNKNOWN, TttOrder.UNKNOWN)


def test_payloads_inside_payloads_are_opened_to_a_bounded_depth() -> None:
    code = LEGAL
    for _ in range(6):
        code = str(two_statements(code)["train_gpt.py"])
    judged = judge({"train_gpt.py": code})
    assert judged.status is Status.UNKNOWN
    assert any("nested too deeply" in note for note in judged.audit.notes)


def test_a_payload_that_contains_itself_ends() -> None:
    judged = judge({"train_gpt.py": "exec(open(__file__).read())\n"})
    assert judged.status is Status.UNKNOWN
