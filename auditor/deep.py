"""Room for deep recursion, which interpreting a program takes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

_FRAMES = 30_000
_STACK_BYTES = 256 * 1024 * 1024

Result = TypeVar("Result")


def deeply(work: Callable[[], Result]) -> Result:
    """Calls `work` on a stack that is deep enough for it, and returns or raises what it does."""
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  (raised again below, in the caller)
            errors.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK_BYTES)
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        worker = threading.Thread(target=run, name="audit")
        worker.start()
        worker.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if errors:
        raise errors[0]
    return results[0]
