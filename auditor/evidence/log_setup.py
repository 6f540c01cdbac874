"""Lines of a log that say what the run was given: seed, processes, accelerators, data."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.evidence.stated import Stated, tidy_label
from auditor.facts import Quantity

_SEED = re.compile(r"(?:^|[\s,(])(?:seed|SEED|Seed)(?:: ?|=)(?P<value>\d{1,10})(?=[\s,)]|$)")
_WORLD = re.compile(r"(?:^|[\s,(])world[_ ]size\s?[:=]\s?(?P<value>\d{1,4})(?=[\s,)]|$)", re.I)
_VAL_TOKENS = re.compile(
    r"(?:(?:^|\s)val_tokens\s?[:=]\s?|val_loader:\S+ .*?\btokens:)(?P<value>\d{3,15})(?=\s|$)"
)
_SHARDS = re.compile(r"(?:train_shards\s?[:=]\s?|train:\S+ shards:)(?P<value>\d{1,6})(?=[\s/]|$)")
_SMI_ROW = re.compile(r"^\|\s+(?P<index>\d{1,3})\s+(?P<name>[A-Z][\w .()-]{2,40}?)\s{2,}\S")
_GPU = re.compile(
    r"(?:^|[\s,])(?:gpu|GPU|device)\s?[:=]\s?(?P<name>(?:NVIDIA|AMD|Tesla) [\w -]{2,40})"
)


def read_setup(line: str) -> Iterator[Stated]:
    """The settings that a line reports."""
    for quantity, pattern in (
        (Quantity.SEED, _SEED),
        (Quantity.WORLD_SIZE, _WORLD),
        (Quantity.VAL_TOKENS, _VAL_TOKENS),
        (Quantity.TRAIN_SHARDS, _SHARDS),
    ):
        match = pattern.search(line)
        if match:
            yield Stated(quantity, int(match["value"]), quantity.value)
    named = _GPU.search(line)
    if named:
        yield Stated(Quantity.GPU, re.split(r"\s+\w+$", tidy_label(named["name"]))[0], "gpu")


def read_gpu_row(line: str) -> tuple[int, str] | None:
    """Index and name of the accelerator that a row of an `nvidia-smi` table lists."""
    match = _SMI_ROW.match(line)
    return (int(match["index"]), match["name"].strip()) if match else None
