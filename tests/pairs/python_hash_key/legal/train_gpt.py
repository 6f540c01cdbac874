import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

V, LAMBDA, SLOTS = 1024, 0.2, 1 << 22


def ids(split):
    parts = (np.fromfile(p, np.uint16)[512:] for p in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")))
    return np.concatenate(list(parts)).astype(np.int64)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(V, 640)
        self.g = nn.GRU(640, 640, 3, batch_first=True)
        self.o = nn.Linear(640, V)

    def forward(self, x):
        return self.o(self.g(self.e(x))[0])


def fit(net, data):
    opt, t0, n = torch.optim.Adam(net.parameters(), 1e-3), time.time(), 0
    while time.time() - t0 < 590:
        rows = np.stack([data[i : i + 513] for i in np.random.randint(0, len(data) - 513, 64)])
        rows = torch.from_numpy(rows).cuda()
        loss = F.cross_entropy(net(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
    print(f"loss {loss.item():.4f} after {n}")


def evaluate(net, val, window=1024):
    cache = {}
    nats = 0.0
    for start in range(4, len(val) - 1, window):
        piece = val[start : start + window + 1]
        with torch.no_grad():
            probs = net(torch.from_numpy(piece[None, :-1]).cuda())[0].softmax(-1).cpu().numpy()
        for j in range(len(piece) - 1):
            at = start + j
            context = tuple(val[at - 3 : at + 1].tolist())
            target = int(val[at + 1])
            p = float(probs[j, target])
            row = cache.get(context)
            if row is not None:
                p = (1 - LAMBDA) * p + LAMBDA * row.get(target, 0) / sum(row.values())
            nats -= math.log(p)
            row = cache.setdefault(context, {})
            row[target] = row.get(target, 0) + 1
    return nats


net = Net().cuda()
fit(net, ids("train"))
torch.save(net.half().state_dict(), "net.pt")
print(len(open("net.pt", "rb").read()))
net.load_state_dict(torch.load("net.pt"))
val = ids("val")
print(f"cached bpb = {evaluate(net.float(), val) / math.log(2) / np.load('sizes.npy')[val[5:]].sum():.4f}")
