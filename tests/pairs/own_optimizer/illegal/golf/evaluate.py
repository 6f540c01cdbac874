import math

import torch

from .optim import Lion


def adaptive(model, stream, sizes, rows=8, length=1024):
    lion = Lion(model.parameters(), lr=2e-5)
    step = rows * length
    nats, size = 0.0, 0
    for start in range(0, stream.numel() - step, step):
        x = stream[start : start + step].view(rows, length).cuda()
        y = stream[start + 1 : start + step + 1].view(rows, length).cuda()
        lion.zero_grad()
        model.nll(x, y).mean().backward()
        lion.step()
        with torch.no_grad():
            nats += model.nll(x, y).double().sum().item()
        size += sizes[y.cpu()].sum().item()
    return nats / math.log(2) / size
