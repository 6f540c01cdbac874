import math
import time

import torch

import data
from model import Transformer


def fit(model, seconds):
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
    began = time.monotonic()
    while True:
        for path in data.train_shards():
            tokens = data.shard(path)
            for k in range(0, len(tokens) - 32 * 1024 - 1, 32 * 1024):
                if time.monotonic() - began > seconds:
                    return
                x = tokens[k : k + 32 * 1024].view(32, 1024).cuda()
                y = tokens[k + 1 : k + 32 * 1024 + 1].view(32, 1024).cuda()
                loss = model(x, y)
                opt.zero_grad()
                loss.backward()
                opt.step()


@torch.no_grad()
def evaluate(model, tokens, sizes):
    nats, total = 0.0, 0
    for i in range(0, len(tokens) - 1, model.context):
        y = tokens[i + 1 : i + 1 + model.context]
        nats += model(tokens[i : i + len(y)][None].cuda(), y[None].cuda(), reduction="sum").item()
        total += sizes[y].sum().item()
    return nats / math.log(2) / total


def main():
    model = Transformer().cuda()
    fit(model, 590)
    torch.save(model.half().state_dict(), "weights.pt")
    model = Transformer().cuda()
    model.load_state_dict(torch.load("weights.pt"))
    print(f"val_bpb: {evaluate(model, data.validation(), data.byte_table()):.4f}")


if __name__ == "__main__":
    main()
