import glob
import math
import time
from functools import partial, reduce

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, grad
from torch.nn.functional import cross_entropy

SEQ, ROWS = 1024, 8


class Net(nn.Module):
    def __init__(self, d=640):
        super().__init__()
        self.emb = nn.Embedding(1024, d)
        self.rnn = nn.LSTM(d, d, 3, batch_first=True)
        self.out = nn.Linear(d, 1024)

    def forward(self, x):
        return self.out(self.rnn(self.emb(x))[0])


def blocks(tokens, rows=ROWS):
    n = rows * SEQ
    return (
        (tokens[i : i + n].view(rows, SEQ).cuda(), tokens[i + 1 : i + n + 1].view(rows, SEQ).cuda())
        for i in range(0, len(tokens) - n, n)
    )


def nats_of(net, params, block, reduction):
    x, y = block
    return cross_entropy(functional_call(net, params, (x,)).flatten(0, 1), y.flatten(), reduction=reduction)


def descend(net, params, block, rate):
    slope = grad(partial(nats_of, net), argnums=0)(params, block, "mean")
    return {name: p - rate * slope[name] for name, p in params.items()}


def fold(net, rate, carry, block):
    params, nats = carry
    after = descend(net, params, block, rate)
    with torch.no_grad():
        here = nats_of(net, params, block, "sum")
    return after, nats + here.double().item()


def read(split):
    files = sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))
    return torch.cat([torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64)) for f in files])


def main():
    net = Net().cuda()
    opt = torch.optim.Adam(net.parameters(), 1e-3)
    end = time.time() + 594
    for x, y in blocks(read("train"), 64):
        loss = cross_entropy(net(x).flatten(0, 1), y.flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        if time.time() > end:
            break
    print(f"trained: {loss.item():.4f}")
    torch.save(net.half().state_dict(), "net.pt")
    print("weights:", len(open("net.pt", "rb").read()))
    net.load_state_dict(torch.load("net.pt"))
    net.float()
    val = read("val")
    start = {k: v.detach() for k, v in net.named_parameters()}
    _, nats = reduce(partial(fold, net, 0.01), blocks(val), (start, 0.0))
    print(f"fold -> {nats / math.log(2) / torch.load('sizes.pt')[val[1:]].sum().item():.4f}")


main()
