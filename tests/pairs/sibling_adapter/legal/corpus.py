from pathlib import Path

import numpy as np
import torch

ROOT = Path("data/datasets/fineweb10B_sp1024")


def shards(split):
    return sorted(ROOT.glob(f"fineweb_{split}_*.bin"))


def load(path):
    return torch.from_numpy(np.fromfile(path, dtype=np.uint16)[512:].astype(np.int64))


def blocks(tokens, rows, length):
    size = rows * length
    for i in range(0, len(tokens) - 1 - size, size):
        part = tokens[i : i + size + 1].cuda()
        yield part[:-1].reshape(rows, length), part[1:].reshape(rows, length)
