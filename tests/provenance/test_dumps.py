from __future__ import annotations

from auditor.provenance.dumps import Dump, Shipped, dumps
from tests.memory import FOLDER, MemorySnapshot

SCRIPT = "import os\n" + "".join(f"def f{i}(x):\n    return x + {i}\n\n\n" for i in range(60))
RESULT = "=" * 100 + "\nstep:1/2 val_loss:2.1 val_bpb:1.2\n"


def dump_of(log: str, *shipped: str) -> list[Dump]:
    path = f"{FOLDER}/train.log"
    code = [Shipped(f"script{i}.py", text) for i, text in enumerate(shipped)]
    return list(dumps(MemorySnapshot({path: log.encode()}), [path], code))


def test_a_copy_of_the_shipped_script_does_not_differ() -> None:
    (dump,) = dump_of(SCRIPT + RESULT, SCRIPT)
    assert not dump.differs
    assert dump.lines == 121
    assert dump.lacking == 0


def test_another_script_differs_and_its_size_is_told() -> None:
    other = SCRIPT.replace("return x + 7\n", "return x - 7\n") + "def more():\n    return 1\n"
    (dump,) = dump_of(other + RESULT, SCRIPT)
    assert dump.own == 3
    assert dump.lacking == 1
    assert dump.first is not None
    assert dump.first.line_start == 31
    assert abs(dump.size - len(other)) <= 1


def test_comments_and_spaces_make_no_difference() -> None:
    (dump,) = dump_of(SCRIPT.replace("def f9", "# nine\n\n\ndef f9") + RESULT, SCRIPT)
    assert not dump.differs


def test_the_nearest_of_several_scripts_is_named() -> None:
    (dump,) = dump_of(SCRIPT + RESULT, "import os\n", SCRIPT)
    assert dump.nearest == "script1.py"


def test_a_log_without_source_has_no_copy() -> None:
    assert dump_of(RESULT, SCRIPT) == []
