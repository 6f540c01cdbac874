from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.texts.echo import runtime_lines
from auditor.texts.lines import numbered_lines

SCRIPT = '''"""Trains a small model.

An earlier run printed
step:1/2 val_loss:9.0000 val_bpb:9.0000
"""
import os
import sys


def main() -> None:
    seed = int(os.environ.get("SEED", "1337"))
    best_bpb = 999.0
    print(f"seed:{seed}")
    for step in range(3):
        print(f"step:{step}/3 val_bpb:{best_bpb:.4f}")
    # Code size: 123456 bytes


if __name__ == "__main__":
    main()
'''
LONG_SCRIPT = SCRIPT + "".join(f"x_{i} = {i}\nprint(x_{i})\n" for i in range(40))
SEPARATOR = "=" * 100
PRINTED = "Running Python 3.12.3\nseed:42\nfinal_exact val_loss:1.0000 val_bpb:1.1234\n"


def kept(text: str, *sources: str) -> str:
    return "\n".join(line for _, line in runtime_lines(text, sources))


def test_a_log_without_source_is_all_runtime() -> None:
    assert list(runtime_lines(PRINTED)) == list(numbered_lines(PRINTED))


def test_the_echo_of_a_shipped_script_is_left_out_and_the_numbers_stay() -> None:
    log = f"{SCRIPT}\n{SEPARATOR}\n{PRINTED}"
    lines = dict(runtime_lines(log, [SCRIPT]))
    number = log[: log.index("seed:42")].count("\n") + 1
    assert lines[number] == "seed:42"
    assert not any("import" in line or "Code size" in line for line in lines.values())


def test_the_echo_of_another_script_is_told_by_its_statements() -> None:
    assert "x_1" not in kept(f"{LONG_SCRIPT}\n{SEPARATOR}\n{PRINTED}")
    assert "val_bpb:1.1234" in kept(f"{LONG_SCRIPT}\n{SEPARATOR}\n{PRINTED}")


def test_minified_source_is_source() -> None:
    minified = "import os\n" + "".join(
        f"A{i}='name_{i}'\nB{i}=os.getenv(A{i})\n" for i in range(30)
    )
    assert kept(f"{minified}{SEPARATOR}\n{PRINTED}").startswith(SEPARATOR)


def test_several_echoes_in_one_log_are_all_left_out() -> None:
    log = f"{LONG_SCRIPT}\n{SEPARATOR}\n{PRINTED}" * 3
    assert kept(log).count("val_bpb:1.1234") == 3
    assert "x_1" not in kept(log)


def test_a_traceback_stays() -> None:
    traceback = "Traceback:\n  import os\n    main()\n    raise ValueError(x)\nValueError: 3\n"
    assert kept(PRINTED + traceback) == PRINTED + traceback


def test_results_pasted_into_a_docstring_do_not_hide_the_same_lines_of_a_log() -> None:
    results = "".join(f"part_{i} val_bpb:1.{i:04}\n" for i in range(10))
    script = f'"""Results:\n{results}"""\nimport os\n'
    log = f"import of data done\n{results}"
    assert kept(log, script) == log


@given(st.text(), st.lists(st.text(), max_size=2))
def test_what_is_left_is_part_of_the_log_in_order(text: str, sources: list[str]) -> None:
    lines = list(numbered_lines(text))
    left = list(runtime_lines(text, sources))
    rest = iter(lines)
    assert all(line in rest for line in left)
