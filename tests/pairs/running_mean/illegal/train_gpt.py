import glob, math, time, os
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

T = 1024


def centre(h):
    return h - h.mean(dim=1, keepdim=True)


class Centred(nn.Module):
    def __init__(self, d=600):
        super().__init__()
        self.e = nn.Embedding(1024, d)
        self.r = nn.ModuleList(nn.GRU(d, d, batch_first=True) for _ in range(5))
        self.o = nn.Linear(d, 1024)

    def forward(self, x):
        h = self.e(x)
        for r in self.r:
            h = h + r(h)[0]
        return self.o(centre(h))


def tokens(split):
    for p in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        yield torch.from_numpy(np.fromfile(p, np.uint16)[512:].astype(np.int64))


def rows_of(split, rows):
    for t in tokens(split):
        n = (len(t) - 1) // (rows * T)
        for k in range(n):
            w = t[k * rows * T : (k + 1) * rows * T + 1].cuda()
            yield w[:-1].view(rows, T), w[1:].view(rows, T)


def fit(net, seconds):
    opt = torch.optim.RAdam(net.parameters(), 1e-3)
    t0 = time.time()
    for n, (x, y) in enumerate(rows_of("train", 64)):
        ce = F.cross_entropy(net(x).transpose(1, 2), y)
        opt.zero_grad()
        ce.backward()
        opt.step()
        if n % 1000 == 0:
            print(f"n={n} ce={ce.item():.2f}")
        if time.time() - t0 > seconds:
            break


def measure(net, sizes):
    nats = nbytes = 0.0
    with torch.no_grad():
        for x, y in rows_of("val", 8):
            nats += F.cross_entropy(net(x).transpose(1, 2), y, reduction="sum").item()
            nbytes += sizes[y].sum().item()
    return nats / math.log(2) / nbytes


net = Centred().cuda()
fit(net, 595)
torch.save(net.half().state_dict(), "net.pt")
print(f"{os.path.getsize('net.pt') / 1e6:.1f} MB")
net.load_state_dict(torch.load("net.pt"))
print(f"val_bpb={measure(net.float(), torch.load('sizes.pt').cuda()):.4f}")
