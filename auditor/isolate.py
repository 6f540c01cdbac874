"""Runs work in a child process with limits, so that no input can take the auditor down with it.

A parser can be made to overflow its stack, a decoder to fill the memory. The child has its own
limits of memory and time; when it dies the parent says so and goes on.
"""

from __future__ import annotations

import gc
import os
import resource
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

Item = TypeVar("Item")

_CHUNK = 1 << 16
_DONE = b"\0"
_FAILED = b"\1"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use.

    Attributes:
        seconds: of processor time; twice as many may pass on the clock.
        memory: bytes of address space.
    """

    seconds: int = 120
    memory: int = 4 * 1024**3


class Stopped(Exception):
    """The child did not finish; the message says why, in one sentence."""


@dataclass(slots=True)
class _Child(Generic[Item]):
    item: Item
    pid: int
    deadline: float
    received: list[bytes] = field(default_factory=list)


def isolated(work: Callable[[], bytes], limits: Limits | None = None) -> bytes:
    """Runs `work` in a child process and returns what it returns.

    Raises:
        Stopped: the child died, ran out of time or memory, or raised.
    """
    ((_, outcome),) = each([None], lambda _: work(), limits=limits)
    if isinstance(outcome, Stopped):
        raise outcome
    return outcome


def each(
    items: Iterable[Item],
    work: Callable[[Item], bytes],
    *,
    workers: int = 1,
    limits: Limits | None = None,
) -> Iterator[tuple[Item, bytes | Stopped]]:
    """Runs `work` on every item, each in a child of its own, and yields results as they come.

    Args:
        items: what to work on.
        work: runs in the child and returns what is handed back.
        workers: how many children run at a time.
        limits: what each child may use.
    """
    limits = limits or Limits()
    if not hasattr(os, "fork"):
        for item in items:
            yield item, work(item)
        return
    waiting = iter(items)
    with selectors.DefaultSelector() as selector:
        for item in waiting:
            _start(selector, item, work, limits)
            while len(selector.get_map()) >= workers:
                yield from _collect(selector)
        while selector.get_map():
            yield from _collect(selector)


def _start(
    selector: selectors.BaseSelector, item: Item, work: Callable[[Item], bytes], limits: Limits
) -> None:
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _run(item, work, limits, writing)
    os.close(writing)
    child = _Child(item, pid, time.monotonic() + 2 * limits.seconds)
    selector.register(reading, selectors.EVENT_READ, child)


def _run(item: Item, work: Callable[[Item], bytes], limits: Limits, writing: int) -> None:
    """The child's life; it ends here and never returns into the parent's code."""
    status = 1
    try:
        gc.disable()  # the process is short-lived, and cycles go with it
        _silence_stderr()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _lower(resource.RLIMIT_AS, limits.memory)
        _lower(resource.RLIMIT_CPU, limits.seconds)
        message = _DONE + work(item)
        status = 0
    except MemoryError:
        message = _FAILED + b"it needed more memory than it may have"
    except BaseException as error:  # noqa: BLE001  (whatever happens is told to the parent)
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}"
        message = _FAILED + text.encode()
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(message)
    finally:
        os._exit(status)


def _silence_stderr() -> None:
    """Libraries that run out of memory write last words; the parent tells what matters."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, hard))


def _collect(
    selector: selectors.BaseSelector,
) -> Iterator[tuple[Item, bytes | Stopped]]:
    """Reads what children have written, and yields those that ended."""
    ready = selector.select(timeout=1.0)
    for key, _ in ready:
        child: _Child[Item] = key.data
        data = os.read(key.fd, _CHUNK)
        if data:
            child.received.append(data)
            continue
        selector.unregister(key.fd)
        os.close(key.fd)
        _, status = os.waitpid(child.pid, 0)
        yield child.item, _outcome(b"".join(child.received), status)
    for key in list(selector.get_map().values()):
        if time.monotonic() > key.data.deadline:
            os.kill(key.data.pid, signal.SIGKILL)


def _outcome(message: bytes, status: int) -> bytes | Stopped:
    if message.startswith(_DONE) and os.WIFEXITED(status):
        return message[1:]
    if message.startswith(_FAILED):
        return Stopped(message[1:].decode("utf-8", "replace"))
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number in (signal.SIGXCPU, signal.SIGKILL):
            return Stopped("it ran out of time")
        return Stopped(f"its process was killed by {signal.Signals(number).name}")
    return Stopped("its process ended without an answer")
