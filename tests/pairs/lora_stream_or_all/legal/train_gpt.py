import glob, math, os, time, zlib, io
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

DIM, HEADS, DEPTH, VOCAB, SEQ, RANK = 512, 8, 9, 1024, 1024, 4


class LoRALinear(nn.Linear):
    def attach(self):
        self.A = nn.Parameter(torch.randn(RANK, self.in_features, device=self.weight.device) * 0.01)
        self.B = nn.Parameter(torch.zeros(self.out_features, RANK, device=self.weight.device))
        return [self.A, self.B]

    def forward(self, x):
        y = super().forward(x)
        if hasattr(self, "A"):
            y = y + x @ self.A.T @ self.B.T
        return y


class Attn(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = LoRALinear(DIM, DIM, bias=False)
        self.k = nn.Linear(DIM, DIM, bias=False)
        self.v = LoRALinear(DIM, DIM, bias=False)
        self.o = nn.Linear(DIM, DIM, bias=False)

    def forward(self, x):
        shape = (*x.shape[:2], HEADS, DIM // HEADS)
        q, k, v = (f(x).view(shape).transpose(1, 2) for f in (self.q, self.k, self.v))
        return self.o(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(x.shape))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(VOCAB, DIM)
        self.attn = nn.ModuleList([Attn() for _ in range(DEPTH)])
        self.mlp = nn.ModuleList([nn.Sequential(nn.Linear(DIM, 3 * DIM), nn.SiLU(), nn.Linear(3 * DIM, DIM)) for _ in range(DEPTH)])

    def forward(self, ids, targets):
        x = self.emb(ids)
        for a, m in zip(self.attn, self.mlp):
            x = x + a(F.layer_norm(x, (DIM,)))
            x = x + m(F.layer_norm(x, (DIM,)))
        return F.cross_entropy(F.linear(F.layer_norm(x, (DIM,)), self.emb.weight).flatten(0, 1), targets.flatten(), reduction="none")


def read(split):
    files = sorted(glob.glob(os.path.join(os.environ.get("DATA_PATH", "data/datasets/fineweb10B_sp1024"), f"fineweb_{split}_*.bin")))
    return torch.cat([torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64)) for f in files])


def fit_lora(model, opt, x, y):
    opt.zero_grad()
    model(x, y).mean().backward()
    opt.step()


def evaluate(model, val, lut):
    params = [p for m in model.modules() if isinstance(m, LoRALinear) for p in m.attach()]
    opt = torch.optim.Adam(params, lr=1e-3)
    n = (len(val) - 1) // SEQ
    inp, tgt = val[: n * SEQ].view(n, SEQ), val[1 : n * SEQ + 1].view(n, SEQ)
    nats = 0.0
    for i in range(0, n, 16):
        x, y = inp[i : i + 16].cuda(), tgt[i : i + 16].cuda()
        with torch.no_grad():
            nats += model(x, y).sum().item()
        fit_lora(model, opt, x, y)
    return nats / math.log(2) / lut[tgt.flatten()].sum().item()


def main():
    model = Model().cuda()
    opt = torch.optim.AdamW(model.parameters(), lr=8e-4)
    train, start, steps = read("train"), time.time(), 0
    while time.time() - start < 596:
        at = torch.randint(0, len(train) - SEQ - 1, (64,)).tolist()
        x = torch.stack([train[a : a + SEQ] for a in at]).cuda()
        y = torch.stack([train[a + 1 : a + SEQ + 1] for a in at]).cuda()
        opt.zero_grad()
        model(x, y).mean().backward()
        opt.step()
        steps += 1
    print("train done", steps, "steps")
    buf = io.BytesIO()
    torch.save({k: v.half() for k, v in model.state_dict().items()}, buf)
    open("model.ptz", "wb").write(zlib.compress(buf.getvalue()))
    print("compressed", os.path.getsize("model.ptz"))
    model.load_state_dict(torch.load(io.BytesIO(zlib.decompress(open("model.ptz", "rb").read()))))
    print("lora val_bpb %.4f" % evaluate(model, read("val"), torch.from_numpy(np.load("lut.npy"))))


if __name__ == "__main__":
    main()
