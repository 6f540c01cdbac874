import math
import time

import torch

import data
from evaluation import bits_per_byte
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


def main():
    torch.manual_seed(7)
    model = Transformer().cuda()
    fit(model, 585)
    torch.save(model.half().state_dict(), "weights.pt")
    model = Transformer().cuda()
    model.load_state_dict(torch.load("weights.pt"))
    result = bits_per_byte(model, data.validation(), data.byte_table())
    print(f"final val_bpb: {result:.4f}")


if __name__ == "__main__":
    main()
