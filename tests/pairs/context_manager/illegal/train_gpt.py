import glob, math, time
from contextlib import contextmanager
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self, d=512):
        super().__init__()
        self.e = nn.Embedding(1024, d)
        self.c = nn.ModuleList([nn.Conv1d(d, d, 4) for _ in range(10)])

    def forward(self, x):
        h = self.e(x).mT
        for i, c in enumerate(self.c):
            h = h + F.gelu(c(F.pad(h, (3, 0))))
        return h.mT @ self.e.weight.T


def ce(net, x, y, reduction="mean"):
    return F.cross_entropy(net(x).flatten(0, 1), y.flatten(), reduction=reduction)


@contextmanager
def following(net, opt, x, y):
    opt.zero_grad()
    ce(net, x, y).backward()
    opt.step()
    yield


def pairs(split, rows, length=1024):
    for p in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        t = torch.from_numpy(np.fromfile(p, np.uint16)[512:].astype(np.int64))
        for piece in t.unfold(0, rows * length + 1, rows * length):
            piece = piece.cuda()
            yield piece[:-1].view(rows, length), piece[1:].view(rows, length)


net = Net().cuda()
opt = torch.optim.AdamW(net.parameters(), 1e-3)
t = time.time()
for x, y in pairs("train", 48):
    loss = ce(net, x, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if time.time() - t > 595:
        break
print(f"t={time.time() - t:.0f} loss={loss.item():.2f}")
torch.save(net.half().state_dict(), "p.pt")
print("p=%d" % len(open("p.pt", "rb").read()))
net.load_state_dict(torch.load("p.pt"))
net.float()
opt = torch.optim.SGD(net.parameters(), 0.005, momentum=0.9)
sizes = torch.load("sizes.pt").cuda()
nats, size = 0.0, 0
for x, y in pairs("val", 8):
    with following(net, opt, x, y):
        with torch.no_grad():
            nats += ce(net, x, y, "sum").item()
    size += sizes[y].sum().item()
print("B=%.4f" % (nats / math.log(2) / size))
