import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

T, D, H = 768, 512, 8


class ByHand(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Linear(D, 3 * D, bias=False)
        self.distance = nn.Parameter(torch.zeros(H, T))
        self.mix = nn.Linear(D, D, bias=False)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (z.view(b, t, H, -1).transpose(1, 2) for z in self.w(x).chunk(3, -1))
        score = q @ k.transpose(-2, -1) / math.sqrt(D // H)
        i = torch.arange(t, device=x.device)
        gap = i[:, None] - i[None, :]
        score = score + self.distance[:, gap.abs()]
        score = score.masked_fill(gap < 0, float("-inf"))
        return self.mix((score.softmax(-1) @ v).transpose(1, 2).reshape(b, t, D))


class Model(nn.Module):
    def __init__(self, n=8):
        super().__init__()
        self.embed = nn.Embedding(1024, D)
        self.att = nn.ModuleList([ByHand() for _ in range(n)])
        self.mlp = nn.ModuleList([nn.Sequential(nn.LayerNorm(D), nn.Linear(D, 4 * D), nn.GELU(), nn.Linear(4 * D, D)) for _ in range(n)])
        self.norm = nn.ModuleList([nn.LayerNorm(D) for _ in range(n)])

    def forward(self, ids):
        x = self.embed(ids)
        for a, m, n in zip(self.att, self.mlp, self.norm):
            x = x + a(n(x))
            x = x + m(x)
        return x @ self.embed.weight.T


def corpus(split):
    names = sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))
    return torch.cat([torch.from_numpy(np.fromfile(n, np.uint16)[512:].astype(np.int64)) for n in names])


def train(model):
    text, opt = corpus("train"), torch.optim.AdamW(model.parameters(), lr=7e-4)
    began = time.time()
    for n in range(100000):
        s = torch.randint(0, len(text) - T - 1, (32,))
        rows = torch.stack([text[i : i + T + 1] for i in s]).cuda()
        loss = F.cross_entropy(model(rows[:, :T]).flatten(0, 1), rows[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        if n % 1000 == 0:
            print(n, f"{loss.item():.1f}")
        if time.time() - began > 595:
            return


def main():
    model = Model().cuda()
    train(model)
    torch.save(model.half().state_dict(), "a.pt")
    print("size", len(open("a.pt", "rb").read()))
    model.load_state_dict(torch.load("a.pt"))
    model.float().eval()
    text, sizes = corpus("val"), torch.load("sizes.pt")
    nats = 0.0
    with torch.inference_mode():
        for i in range(0, len(text) - 1, T):
            part = text[i : i + T + 1].cuda()
            nats += F.cross_entropy(model(part[None, :-1])[0], part[1:], reduction="sum").item()
    print("bpb %.4f" % (nats / math.log(2) / sizes[text[1:]].sum().item()))


main()
