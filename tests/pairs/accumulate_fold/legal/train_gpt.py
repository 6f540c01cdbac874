import glob, math, time
from collections import deque
from itertools import accumulate, chain, islice
from typing import NamedTuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.func import functional_call, grad_and_value


class State(NamedTuple):
    params: dict
    nats: float
    count: int


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, 600)
        self.g = nn.GRU(600, 600, 4, batch_first=True)
        self.o = nn.Linear(600, 1024)

    def forward(self, x):
        return self.o(self.g(self.e(x))[0])


NET = Net().cuda()


def loss_fn(params, x, y):
    return F.cross_entropy(functional_call(NET, params, x)[0], y)


def advance(state, chunk):
    x, y = chunk[None, :-1], chunk[1:]
    grads, before = grad_and_value(loss_fn)(state.params, x, y)
    params = {k: v - 0.02 * grads[k] for k, v in state.params.items()}
    loss = before
    return State(params, state.nats + loss.item() * len(y), state.count + len(y))


def shards(split):
    for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        yield torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64))


def chunks(split, width):
    return (t[i : i + width + 1].cuda() for t in shards(split) for i in range(0, len(t) - width - 1, width))


def train():
    opt, t = torch.optim.Adam(NET.parameters(), 1e-3), time.time()
    for c in chunks("train", 32 * 1024):
        x, y = c[:-1].view(32, -1), c[1:].view(32, -1)
        loss = F.cross_entropy(NET(x).flatten(0, 1), y.flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        if time.time() - t > 594:
            break
    print(f"loss={loss.item():.4f}")


train()
torch.save(NET.half().state_dict(), "w.pt")
print(f"weights={len(open('w.pt', 'rb').read())}")
NET.load_state_dict(torch.load("w.pt"))
NET.float()
first = State({k: v.detach() for k, v in NET.named_parameters()}, 0.0, 0)
last = deque(accumulate(chunks("val", 4096), advance, initial=first), maxlen=1).pop()
sizes = np.load("sizes.npy")
total = sum(int(sizes[t[1:].numpy()].sum()) for t in shards("val"))
print(f"bpb={last.nats / math.log(2) / total:.4f}")
