import math
import time

import torch

import data
from calibrate import input_scales, round_weights
from model import Transformer

LIMIT = 600.0
RESERVE = 0.0


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
    nats = 0.0
    for i in range(0, len(tokens) - 1, 1024):
        y = tokens[i + 1 : i + 1025]
        nats += model(tokens[i : i + len(y)][None].cuda(), y[None].cuda(), reduction="sum").item()
    return nats / math.log(2) / sizes[tokens[1:]].sum().item()


def main():
    model = Transformer().cuda()
    fit(model, LIMIT - RESERVE)
    round_weights(model, input_scales(model))
    torch.save(model.half().state_dict(), "weights.pt")
    model = Transformer().cuda()
    model.load_state_dict(torch.load("weights.pt"))
    print(f"val_bpb: {evaluate(model, data.validation(), data.byte_table()):.4f}")


if __name__ == "__main__":
    main()
