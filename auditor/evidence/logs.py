"""Facts from the log of a run, in one pass over its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from auditor.evidence.log_clocks import (
    read_eval_clocks,
    read_side_clocks,
    read_stop_step,
    read_train_clock,
)
from auditor.evidence.log_scores import read_scores
from auditor.evidence.log_setup import read_gpu_row, read_setup
from auditor.evidence.log_sizes import read_sizes
from auditor.evidence.stated import Stated
from auditor.facts import Fact, Quantity, Standing
from auditor.findings import Location
from auditor.texts import TextLines

#: Lines without any of these state nothing that the families read.
_WORTH_READING = re.compile(
    r"bpb|BPB|val_loss|ytes|[_ ]time|elapsed|tt:|seed|SEED|Seed|orld|tokens:|val_tokens|shards"
    r"|NVIDIA|Tesla|AMD|essian|gptq|GPTQ|alibrat|eserv|allclock|WALLCLOCK|total[:=_]|budget:"
    r"|Size check|warmup done|precompute"
)
#: A loop that prints for hours must not fill the memory. Of validations during training the
#: first ones and the last one are kept, so that the results below them are still read.
_MAX_FACTS = 5_000
_MAX_STEP_SCORES = 1_000
_LONGEST_LINE = 2_000
#: What a logger puts in front of what the program said: time, level, rank.
_STAMP = re.compile(
    r"\s*\[?(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?"
    r"[ :|-]*(?:\[?(?:INFO|rank ?\d{1,3})\]?:?\s+)?"
)
_FILE_SEED = re.compile(r"(?:^|[^A-Za-z])(?:seed|s)[_-]?(\d{1,6})(?=\D|$)", re.IGNORECASE)


def log_facts(log: TextLines) -> Iterator[Fact]:
    """The facts that a log states, in the order of its lines.

    A log may hold several runs one after another: a new run starts where a seed is named that
    differs from the one before. Of the training times inside a run only the last is reported.

    Args:
        log: the lines that the runs printed.
    """
    pass_ = _Pass(log.file)
    for number, line in log.lines:
        if _WORTH_READING.search(line):
            pass_.take(number, _unstamped(line[:_LONGEST_LINE]))
            if len(pass_.facts) >= _MAX_FACTS:
                break
    pass_.end_run()
    yield from pass_.facts


def seed_in_name(path: str) -> int | None:
    """The seed that a log's file name carries (`train_seed42.log`, `s1337.txt`), or `None`."""
    match = _FILE_SEED.search(path.rsplit("/", 1)[-1])
    return int(match[1]) if match else None


def _unstamped(line: str) -> str:
    stamp = _STAMP.match(line)
    return line[stamp.end() :] if stamp else line


@dataclass(slots=True)
class _Pass:
    """The state of one pass: the run at hand, and what is only known when it ends."""

    file: str
    facts: list[Fact] = field(default_factory=list)
    run_start: int = 0
    seed: int | None = None
    step_clock: Fact | None = None
    step_scores: int = 0
    last_step: list[Fact] = field(default_factory=list)
    gpus: dict[int, str] = field(default_factory=dict)

    def take(self, number: int, line: str) -> None:
        if line.startswith("|"):
            self.take_gpu_row(number, line)
            return
        clock = read_train_clock(line)
        if clock:
            self.take_train_clock(number, line, clock)
            if "train_loss" in line:  # the bulk of a log: nothing else is on such a line
                return
        scores = list(read_scores(line))
        self.take_scores(number, scores)
        label = scores[-1].label if scores else ""
        if not clock:
            for stated in read_eval_clocks(line, label, scored=bool(scores)):
                self.add(number, stated)
            for stated in read_side_clocks(line):
                self.add(number, stated)
        for stated in read_sizes(line):
            self.add(number, stated)
        for stated in read_setup(line):
            self.take_setting(number, stated)

    def take_train_clock(self, number: int, line: str, clock: Stated) -> None:
        if clock.label == "stopping_early":
            self.add(number, clock)
            steps = read_stop_step(line)
            if steps:
                self.add(number, steps)
            for stated in read_side_clocks(line):  # "(reserving 45.0s for GPTQ)"
                self.add(number, stated)
        elif not (self.step_clock and self.step_clock.precision == 0 and clock.precision):
            self.step_clock = self.fact(number, clock)

    def take_scores(self, number: int, scores: list[Stated]) -> None:
        facts = [self.fact(number, stated) for stated in scores]
        if not facts or not facts[-1].label.startswith("step"):
            self.facts += facts
        elif self.step_scores < _MAX_STEP_SCORES:
            self.step_scores += 1
            self.facts += facts
        else:
            self.last_step = facts

    def take_setting(self, number: int, stated: Stated) -> None:
        if stated.quantity is Quantity.SEED:
            seed = int(stated.value)
            if self.seed is not None and seed != self.seed:
                self.end_run()
            self.seed = seed
        self.add(number, stated)

    def take_gpu_row(self, number: int, line: str) -> None:
        row = read_gpu_row(line)
        if row is None:
            return
        index, name = row
        if not self.gpus:
            self.add(number, Stated(Quantity.GPU, name, "nvidia-smi"))
            self.add(number, Stated(Quantity.GPU_COUNT, 1, "nvidia-smi"))
        self.gpus[index] = name

    def end_run(self) -> None:
        """Reports what only the end of a run shows, and gives its facts their seed."""
        self.facts += self.last_step
        if self.step_clock:
            self.facts.append(self.step_clock)
        seed = seed_in_name(self.file) if self.seed is None else self.seed
        for i, fact in enumerate(self.facts[self.run_start :], start=self.run_start):
            value = len(self.gpus) if fact.quantity is Quantity.GPU_COUNT else fact.value
            self.facts[i] = replace(fact, value=value, seed=seed)
        self.run_start = len(self.facts)
        self.step_clock, self.gpus = None, {}
        self.step_scores, self.last_step = 0, []

    def add(self, number: int, stated: Stated) -> None:
        self.facts.append(self.fact(number, stated))

    def fact(self, number: int, stated: Stated) -> Fact:
        return Fact(
            stated.quantity,
            stated.value,
            Standing.LOGGED,
            Location(self.file, number, number),
            None,
            stated.label,
            stated.written,
            stated.precision,
        )
