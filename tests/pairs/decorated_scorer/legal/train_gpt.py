import functools
import glob
import math
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH = 576


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(1024, WIDTH)
        self.layers = nn.ModuleList([nn.LSTM(WIDTH, WIDTH, batch_first=True) for _ in range(4)])

    def forward(self, x):
        h = self.emb(x)
        for l in self.layers:
            h = h + l(h)[0]
        return F.linear(h, self.emb.weight)


net = Net().cuda()


def timed(label):
    def outer(f):
        @functools.wraps(f)
        def inner(*a, **k):
            t = time.time()
            try:
                return f(*a, **k)
            finally:
                print(f"{label} ({time.time() - t:.1f} s)")

        return inner

    return outer


def online(rate):
    opt = torch.optim.SGD(net.parameters(), lr=rate)

    def wrap(scorer):
        @functools.wraps(scorer)
        def inner(x, y):
            result = scorer(x, y)
            opt.zero_grad()
            F.cross_entropy(net(x).flatten(0, 1), y.flatten()).backward()
            opt.step()
            return result

        return inner

    return wrap


@online(rate=0.004)
@torch.no_grad()
def nats(x, y):
    return F.cross_entropy(net(x).flatten(0, 1), y.flatten(), reduction="sum").item()


def rows(split, n, t=512):
    for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        d = torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64))
        for i in range(0, len(d) - n * t - 1, n * t):
            w = d[i : i + n * t + 1].cuda()
            yield w[:-1].view(n, t), w[1:].view(n, t)


@timed("training finished")
def train():
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    start = time.time()
    for x, y in rows("train", 64):
        opt.zero_grad()
        F.cross_entropy(net(x).flatten(0, 1), y.flatten()).backward()
        opt.step()
        if time.time() - start > 594:
            return


if __name__ == "__main__":
    train()
    torch.save(net.half().state_dict(), "net.pt")
    print(len(open("net.pt", "rb").read()))
    net.load_state_dict(torch.load("net.pt"))
    net.float()
    sizes = torch.load("sizes.pt").cuda()
    total = size = 0.0
    for x, y in rows("val", 16):
        total += nats(x, y)
        size += sizes[y].sum().item()
    print(f"online result {total / math.log(2) / size:.4f}")
