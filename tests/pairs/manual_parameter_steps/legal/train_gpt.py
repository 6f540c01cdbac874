import glob, io, math, time, bz2
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

K = dict(dim=512, depth=8, heads=8, seq=1024, batch=32, lr=8e-4, online=2e-3, stop=594.0)


def fineweb(part):
    for f in sorted(glob.glob("data/datasets/fineweb10B_sp1024/fineweb_%s_*.bin" % part)):
        yield torch.from_numpy(np.memmap(f, dtype=np.uint16, mode="r", offset=1024).astype(np.int64))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        d = K["dim"]
        self.qkv, self.o = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.w1, self.w2 = nn.Linear(d, 4 * d, bias=False), nn.Linear(4 * d, d, bias=False)

    def forward(self, x):
        y = F.rms_norm(x, (x.size(-1),))
        q, k, v = (t.view(*t.shape[:2], K["heads"], -1).transpose(1, 2) for t in self.qkv(y).chunk(3, dim=-1))
        x = x + self.o(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2))
        return x + self.w2(F.relu(self.w1(F.rms_norm(x, (x.size(-1),)))).square())


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(1024, K["dim"])
        self.net = nn.ModuleList(Layer() for _ in range(K["depth"]))

    def forward(self, x, y, reduction="mean"):
        h = self.tok(x)
        for layer in self.net:
            h = layer(h)
        return F.cross_entropy((h @ self.tok.weight.T).flatten(0, 1), y.flatten(), reduction=reduction)


def batches(part):
    n = K["batch"] * K["seq"]
    for t in fineweb(part):
        for i in range(0, t.numel() - n - 1, n):
            w = t[i : i + n + 1].cuda()
            yield w[:-1].view(-1, K["seq"]), w[1:].view(-1, K["seq"])


def online_bpb(model, sizes):
    nats = torch.zeros((), device="cuda", dtype=torch.float64)
    size = torch.zeros((), device="cuda", dtype=torch.float64)
    for x, y in batches("val"):
        nats += model(x, y, "sum").detach()
        model.zero_grad(set_to_none=True)
        model(x, y).backward()
        with torch.no_grad():
            for p in model.parameters():
                p.sub_(p.grad, alpha=K["online"])
        size += sizes[y].sum()
    return (nats / size / math.log(2)).item()


def main():
    model = Decoder().cuda()
    opt = torch.optim.AdamW(model.parameters(), lr=K["lr"])
    t0, n = time.perf_counter(), 0
    for x, y in batches("train"):
        opt.zero_grad(set_to_none=True)
        model(x, y).backward()
        opt.step()
        n += 1
        if time.perf_counter() - t0 > K["stop"]:
            break
    print(f"warm start none, {n} steps")
    q = {}
    for name, p in model.state_dict().items():
        s = p.abs().amax().clamp_min(1e-12) / 127.0
        q[name] = (torch.round(p / s).to(torch.int8).cpu(), s.item())
    buf = io.BytesIO()
    torch.save(q, buf)
    with open("q.bz2", "wb") as fh:
        fh.write(bz2.compress(buf.getvalue()))
    print("quantised file:", len(open("q.bz2", "rb").read()))
    q = torch.load(io.BytesIO(bz2.decompress(open("q.bz2", "rb").read())))
    model.load_state_dict({name: a.float() * s for name, (a, s) in q.items()})
    print(f"roundtrip+online: {online_bpb(model, torch.load('sizes.pt').cuda()):.4f}")


main()
