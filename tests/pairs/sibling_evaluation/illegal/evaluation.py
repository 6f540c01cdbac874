import math

import torch


def adapt(model, optimizer, x, y):
    model.train()
    optimizer.zero_grad()
    model(x, y).backward()
    optimizer.step()
    model.eval()


def bits_per_byte(model, tokens, sizes, lr=1e-4):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    nats, total = 0.0, 0
    for i in range(0, len(tokens) - 1, model.context):
        y = tokens[i + 1 : i + 1 + model.context]
        x = tokens[i : i + len(y)]
        xb, yb = x[None].cuda(), y[None].cuda()
        adapt(model, optimizer, xb, yb)
        with torch.no_grad():
            nats += model(xb, yb, reduction="sum").item()
        total += sizes[y].sum().item()
    return nats / math.log(2) / total
