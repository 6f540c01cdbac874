import enum
import glob
import math
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Phase(enum.Enum):
    LOAD = 0
    SCORE = 1
    LEARN = 2
    DONE = 3


class Net(nn.Module):
    def __init__(self, d=512):
        super().__init__()
        self.e = nn.Embedding(1024, d)
        self.qkv = nn.ModuleList([nn.Linear(d, 3 * d) for _ in range(8)])
        self.ff = nn.ModuleList([nn.Linear(d, d) for _ in range(8)])

    def forward(self, x):
        h = self.e(x)
        for a, f in zip(self.qkv, self.ff):
            q, k, v = [t.unflatten(-1, (8, 64)).transpose(1, 2) for t in a(F.layer_norm(h, (512,))).chunk(3, -1)]
            h = h + F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
            h = h + F.silu(f(F.layer_norm(h, (512,))))
        return F.linear(h, self.e.weight)


@dataclass
class Run:
    net: nn.Module
    opt: torch.optim.Optimizer
    tokens: torch.Tensor
    phase: Phase = Phase.LOAD
    position: int = 0
    x: torch.Tensor | None = None
    y: torch.Tensor | None = None
    nats: float = 0.0


def advance(run: Run, size: int = 8192) -> None:
    match run.phase:
        case Phase.LOAD:
            lo, hi = run.position, run.position + size
            if hi >= len(run.tokens):
                run.phase = Phase.DONE
                return
            run.x = run.tokens[lo:hi].view(-1, 1024).cuda()
            run.y = run.tokens[lo + 1 : hi + 1].view(-1, 1024).cuda()
            run.position = hi
            run.phase = Phase.LEARN
        case Phase.SCORE:
            with torch.no_grad():
                run.nats += F.cross_entropy(run.net(run.x).flatten(0, 1), run.y.flatten(), reduction="sum").item()
            run.phase = Phase.LOAD
        case Phase.LEARN:
            run.opt.zero_grad()
            F.cross_entropy(run.net(run.x).flatten(0, 1), run.y.flatten()).backward()
            run.opt.step()
            run.phase = Phase.SCORE


def read(split):
    return torch.cat([torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64)) for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))])


def main():
    net = Net().cuda()
    opt, data, t = torch.optim.AdamW(net.parameters(), 1e-3), read("train"), time.time()
    for n in range(1, 10**6):
        w = torch.stack([data[i : i + 1025] for i in torch.randint(len(data) - 1025, (48,))]).cuda()
        loss = F.cross_entropy(net(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        if n % 2000 == 0:
            print(f"train|{n}|{loss.item():.4f}")
        if time.time() - t > 595:
            break
    torch.save(net.half().state_dict(), "net.pt")
    print(f"save|{len(open('net.pt', 'rb').read())}")
    net.load_state_dict(torch.load("net.pt"))
    run = Run(net.float(), torch.optim.SGD(net.parameters(), 0.003), read("val"))
    while run.phase is not Phase.DONE:
        advance(run)
    print(f"eval|{run.nats / math.log(2) / torch.load('sizes.pt')[run.tokens[1 : run.position + 1]].sum().item():.4f}")


if __name__ == "__main__":
    main()
