import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

EPOCHS, WIDTH = 4, 8192


class LM(nn.Module):
    def __init__(self, d=576):
        super().__init__()
        self.e = nn.Embedding(1024, d)
        self.r = nn.ModuleList([nn.GRU(d, d, batch_first=True) for _ in range(5)])

    def forward(self, x):
        h = self.e(x)
        for r in self.r:
            h = h + r(F.layer_norm(h, h.shape[-1:]))[0]
        return h @ self.e.weight.T

    def cost(self, chunk, reduction="mean"):
        return F.cross_entropy(self(chunk[None, :-1])[0], chunk[1:], reduction=reduction)


def flat(split):
    return torch.cat([torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64)) for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))])


def evaluate(lm, val):
    opt = torch.optim.SGD(lm.parameters(), 0.004)
    schedule = [(epoch, start) for epoch in range(EPOCHS) for start in range(0, len(val) - 1, WIDTH)]
    counted = 0.0
    for epoch, start in schedule:
        chunk = val[start : start + WIDTH + 1].cuda()
        if epoch == 0:
            with torch.no_grad():
                counted += lm.cost(chunk, "sum").item()
        opt.zero_grad()
        lm.cost(chunk).backward()
        opt.step()
    return counted


lm = LM().cuda()
data, opt = flat("train"), torch.optim.Adam(lm.parameters(), 1e-3)
t, n = time.time(), 0
while time.time() - t < 596:
    i = np.random.randint(0, len(data) - 16385)
    opt.zero_grad()
    lm.cost(data[i : i + 16385].cuda()).backward()
    opt.step()
    n += 1
print(f"TRAIN {time.time() - t:.0f}s {n}")
torch.save(lm.half().state_dict(), "lm.pt")
print("SAVE", len(open("lm.pt", "rb").read()))
lm.load_state_dict(torch.load("lm.pt"))
val = flat("val")
print(f"EVAL {evaluate(lm.float(), val) / math.log(2) / torch.load('sizes.pt')[val[1:]].sum().item():.4f}")
