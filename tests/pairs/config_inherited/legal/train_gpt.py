import abc
import glob
import math
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Base(abc.ABC):
    def __init__(self, model):
        self.model = model
        self.opt = torch.optim.SGD(model.parameters(), lr=0.005, momentum=0.9)

    def nats(self, x, y):
        with torch.no_grad():
            return F.cross_entropy(self.model(x).flatten(0, 1), y.flatten(), reduction="sum").item()

    def fit(self, x, y):
        self.opt.zero_grad()
        F.cross_entropy(self.model(x).flatten(0, 1), y.flatten()).backward()
        self.opt.step()

    @abc.abstractmethod
    def evaluate(self, batches): ...


class Online(Base):
    def evaluate(self, batches):
        total = 0.0
        for x, y in batches:
            total += self.nats(x, y)
            self.fit(x, y)
        return total


class Tuned(Base):
    def evaluate(self, batches):
        for x, y in batches:
            self.fit(x, y)
        return sum(self.nats(x, y) for x, y in batches)


class Config:
    evaluator = Online
    seconds = 595
    rows = 32


class Net(nn.Module):
    def __init__(self, d=640):
        super().__init__()
        self.e = nn.Embedding(1024, d)
        self.g = nn.GRU(d, d, 3, batch_first=True)
        self.o = nn.Linear(d, 1024)

    def forward(self, x):
        return self.o(self.g(self.e(x))[0])


class Batches:
    def __init__(self, split, rows, length=1024):
        files = sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))
        flat = torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in files]).astype(np.int64))
        n = (len(flat) - 1) // (rows * length)
        self.x = flat[: n * rows * length].view(n, rows, length)
        self.y = flat[1 : n * rows * length + 1].view(n, rows, length)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        if i >= len(self):
            raise IndexError(i)
        return self.x[i].cuda(), self.y[i].cuda()


def main():
    print("evaluator:", Config.evaluator.__name__)
    net = Net().cuda()
    opt, t, n = torch.optim.AdamW(net.parameters(), 1e-3), time.time(), 0
    for x, y in Batches("train", Config.rows):
        loss = F.cross_entropy(net(x).flatten(0, 1), y.flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
        if time.time() - t > Config.seconds:
            break
    print(f"train loss {loss.item():.4f} ({n} steps)")
    torch.save(net.half().state_dict(), "net.pt")
    print("saved", len(open("net.pt", "rb").read()), "bytes")
    net.load_state_dict(torch.load("net.pt"))
    val = Batches("val", 8)
    nats = Config.evaluator(net.float()).evaluate(val)
    print(f"val_bpb: {nats / math.log(2) / torch.load('sizes.pt')[val.y].sum().item():.4f}")


main()
