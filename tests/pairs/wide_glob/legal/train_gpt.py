import itertools
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

FOLDER = Path("data/datasets/fineweb10B_sp1024")
SHARDS = "fineweb_train_*.bin"
HELD_OUT = "fineweb_val_*.bin"
L, D, T = 14, 320, 1024


class Thin(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, D)
        self.a = nn.ModuleList(nn.Linear(D, 3 * D) for _ in range(L))
        self.m = nn.ModuleList(nn.Sequential(nn.Linear(D, 4 * D), nn.ReLU(), nn.Linear(4 * D, D)) for _ in range(L))

    def forward(self, x):
        h = self.e(x)
        for a, m in zip(self.a, self.m):
            q, k, v = (z.unflatten(-1, (5, 64)).transpose(1, 2) for z in a(F.layer_norm(h, (D,))).chunk(3, -1))
            h = h + F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
            h = h + m(F.layer_norm(h, (D,)))
        return F.linear(F.layer_norm(h, (D,)), self.e.weight)


def read(path):
    return torch.from_numpy(np.fromfile(path, np.uint16)[512:].astype(np.int64))


def feed(paths, rows=48):
    order = list(paths)
    random.Random(5).shuffle(order)
    print("using", len(order), "files")
    for path in itertools.cycle(order):
        data = read(path)
        usable = (len(data) - 1) // (rows * T) * rows * T
        for x, y in zip(data[:usable].view(-1, rows, T), data[1 : usable + 1].view(-1, rows, T)):
            yield x.cuda(), y.cuda()


def main():
    net = Thin().cuda()
    opt = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0.1)
    deadline = time.time() + 597
    for n, (x, y) in enumerate(feed(sorted(FOLDER.glob(SHARDS)))):
        loss = F.cross_entropy(net(x).view(-1, 1024), y.view(-1))
        loss.backward()
        opt.step()
        opt.zero_grad()
        if n % 1000 == 0:
            print("step", n, "loss", f"{loss:.4f}")
        if time.time() > deadline:
            break
    torch.save({k: v.half() for k, v in net.state_dict().items()}, "thin.pt")
    net.load_state_dict(torch.load("thin.pt"))
    nats, nbytes = 0.0, 0
    lut = torch.load("lut.pt")
    with torch.no_grad():
        for path in sorted(FOLDER.glob(HELD_OUT)):
            data = read(path)
            for i in range(0, len(data) - 1, T):
                w = data[i : i + T + 1]
                nats += F.cross_entropy(net(w[None, :-1].cuda())[0], w[1:].cuda(), reduction="sum").item()
                nbytes += lut[w[1:]].sum().item()
    print(f"val_bpb: {nats / math.log(2) / nbytes:.4f}")


main()
