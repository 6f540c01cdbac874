import glob, io, json, math, time, zlib
import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

C = json.load(open("config.json"))


def tokens(split):
    out = [np.fromfile(p, "<u2")[512:] for p in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]
    return torch.from_numpy(np.concatenate(out).astype("i8"))


class Block(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.ln_a, self.ln_m = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.m = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x):
        B, T, D = x.shape
        q, k, v = self.qkv(self.ln_a(x)).split(D, -1)
        q, k, v = (z.view(B, T, self.h, -1).transpose(1, 2) for z in (q, k, v))
        x = x + self.o(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, T, D))
        return x + self.m(self.ln_m(x))


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(1024, C["dim"])
        self.h = nn.ModuleList([Block(C["dim"], C["heads"]) for _ in range(C["layers"])])
        self.ln = nn.LayerNorm(C["dim"])
        self.head = nn.Linear(C["dim"], 1024, bias=False)

    def forward(self, ids, adapter=None):
        x = self.wte(ids)
        for b in self.h:
            x = b(x)
        x = self.ln(x)
        y = self.head(x)
        return y if adapter is None else y + adapter(x)


class Adapter(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Parameter(torch.randn(C["dim"], C["rank"]) / C["dim"] ** 0.5)
        self.b = nn.Parameter(torch.zeros(C["rank"], 1024))

    def forward(self, x):
        return x @ self.a @ self.b


def quantize(sd):
    q = {}
    for k, v in sd.items():
        s = v.abs().max().clamp_min(1e-8) / 127
        q[k] = ((v / s).round().to(torch.int8), s)
    return q


def evaluate(lm, val, sizes):
    for p in lm.parameters():
        p.requires_grad_(False)
    bounds = torch.nonzero(val == 1).flatten().tolist() + [len(val)]
    loss_sum = torch.zeros((), dtype=torch.float64)
    n = b = 0
    for lo, hi in zip(bounds[:-1], bounds[1:]):
        doc = val[lo:hi].cuda()
        if len(doc) < 2:
            continue
        adapter = Adapter().cuda()
        opt = torch.optim.Adam(adapter.parameters(), lr=C["lr"])
        for epoch in range(C["epochs"]):
            for at in range(0, len(doc) - 1, C["chunk"]):
                x, y = doc[at : at + C["chunk"]][None], doc[at + 1 : at + C["chunk"] + 1]
                x = x[:, : len(y)]
                losses = F.cross_entropy(lm(x, adapter)[0], y, reduction="none")
                if epoch == 0:
                    loss_sum += losses.detach().double().sum().cpu()
                    n += len(y)
                    b += sizes[y.cpu()].sum().item()
                opt.zero_grad()
                losses.mean().backward()
                opt.step()
    return loss_sum.item() / n, loss_sum.item() / math.log(2) / b


def main():
    print("loading fineweb")
    train = tokens("train")
    lm = LM().cuda()
    opt = torch.optim.AdamW(lm.parameters(), lr=1e-3)
    t, u = time.time(), 0
    while time.time() - t < C["seconds"]:
        i = torch.randint(len(train) - 1025, (48,))
        b = torch.stack([train[j : j + 1025] for j in i]).cuda()
        loss = F.cross_entropy(lm(b[:, :-1]).transpose(1, 2), b[:, 1:])
        opt.zero_grad(); loss.backward(); opt.step()
        u += 1
        if u % 1000 == 0:
            print(f"update {u}: {loss.item():.4f}")
    buf = io.BytesIO()
    torch.save(quantize(lm.state_dict()), buf)
    with open("model.bin", "wb") as f:
        f.write(zlib.compress(buf.getvalue(), 9))
    print("export int8+zlib:", len(open("model.bin", "rb").read()))
    q = torch.load(io.BytesIO(zlib.decompress(open("model.bin", "rb").read())))
    lm.load_state_dict({k: a.float() * s for k, (a, s) in q.items()})
    loss, bpb = evaluate(lm, tokens("val"), torch.from_numpy(np.load("sizes.npy")))
    print(f"adapter evaluation: loss {loss:.4f} bpb {bpb:.4f}")


main()
