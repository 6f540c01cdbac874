from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
from collections.abc import Callable

import pytest

from auditor.deep import deeply
from auditor.isolate import Limits, Stopped, each, isolated

SMALL = Limits(seconds=2, memory=1024**3)


def reason(work: Callable[[], bytes], limits: Limits = SMALL) -> str:
    with pytest.raises(Stopped) as stopped:
        isolated(work, limits)
    return str(stopped.value)


def test_what_the_work_returns_comes_back() -> None:
    assert isolated(lambda: b"\x00\x01 answer") == b"\x00\x01 answer"


def test_an_answer_larger_than_a_pipe_comes_back_whole() -> None:
    assert isolated(lambda: bytes(5_000_000)) == bytes(5_000_000)


def test_memory_is_bounded() -> None:
    assert reason(lambda: bytes(2 * 1024**3)) == "it needed more memory than it may have"


def test_processor_time_is_bounded() -> None:
    def spin() -> bytes:
        while True:
            pass

    assert reason(spin, Limits(seconds=1)) == "it ran out of time"


def test_waiting_is_bounded_as_well() -> None:
    def wait() -> bytes:
        time.sleep(60)
        return b""

    assert reason(wait, Limits(seconds=1)) == "it ran out of time"


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_a_crash_of_the_interpreter_is_told_by_its_signal(number: signal.Signals) -> None:
    def crash() -> bytes:
        faulthandler.disable()  # the one of the test runner
        os.kill(os.getpid(), number)
        return b""

    assert reason(crash) == f"its process was killed by {number.name}"


def test_an_exception_is_told_with_the_place_it_came_from() -> None:
    def stumble() -> bytes:
        raise ValueError("secret\ntext of a submission")

    said = reason(stumble)
    assert said.startswith("ValueError in test_isolate.py:")
    assert "secret" not in said


def test_recursion_without_end_is_an_exception_like_any_other() -> None:
    def deeper(level: int) -> int:
        return deeper(level + 1) + 1

    assert reason(lambda: bytes(deeper(0))).startswith("RecursionError in ")


def test_leaving_the_process_is_not_an_answer() -> None:
    def leave() -> bytes:
        os._exit(0)

    assert reason(leave) == "its process ended without an answer"
    assert reason(lambda: sys.exit(0)).startswith("SystemExit in ")  # type: ignore[func-returns-value]


def test_half_an_answer_is_not_an_answer() -> None:
    def die_after_writing() -> bytes:
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"\x00half an answer")
            except OSError:
                continue
        os.kill(os.getpid(), signal.SIGKILL)
        return b""

    assert reason(die_after_writing) == "it ran out of time"


def test_nothing_that_the_child_says_reaches_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def complain() -> bytes:
        os.write(2, b"memory allocation of 72 bytes failed\n")
        return b""

    isolated(complain)
    assert capfd.readouterr().err == ""


def test_the_parents_state_is_left_alone() -> None:
    state = {"value": 1}

    def change() -> bytes:
        state["value"] = 2
        return b""

    isolated(change)
    assert state == {"value": 1}


def test_every_item_is_answered_once_whatever_happens_to_the_others() -> None:
    def work(item: int) -> bytes:
        if item % 3 == 0:
            faulthandler.disable()
            os.abort()
        return str(item).encode()

    found = dict(each(range(9), work, workers=3, limits=SMALL))
    assert {item for item, answer in found.items() if isinstance(answer, Stopped)} == {0, 3, 6}
    assert {a for a in found.values() if isinstance(a, bytes)} == {
        b"1",
        b"2",
        b"4",
        b"5",
        b"7",
        b"8",
    }


def test_no_child_is_left_behind() -> None:
    list(each(range(4), bytes, workers=2))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


# --- room for deep recursion ---------------------------------------------------------------------


def test_recursion_that_pythons_own_limit_forbids_has_room() -> None:
    def down(level: int) -> int:
        return 0 if level == 0 else down(level - 1) + 1

    assert deeply(lambda: down(20_000)) == 20_000
    assert sys.getrecursionlimit() < 20_000


def test_what_is_raised_deep_down_is_raised_outside() -> None:
    def stumble() -> None:
        raise KeyError("here")

    with pytest.raises(KeyError, match="here"):
        deeply(stumble)
