import math
import pickle
import time
from collections import Counter
from dataclasses import dataclass, field
from glob import glob

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Settings:
    folder: str = "data/datasets/fineweb10B_sp1024"
    vocab: int = 1024
    dim: int = 512
    context: int = 1024
    share: float = 0.05
    minutes: float = 9.9


@dataclass
class UnigramCache:
    vocab: int
    counts: Counter = field(default_factory=Counter)

    def __call__(self):
        v = torch.ones(self.vocab)
        for token, n in self.counts.items():
            v[token] += n
        return v / v.sum()

    def absorb(self, ids):
        self.counts.update(ids.tolist())


class Small(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.e = nn.Embedding(s.vocab, s.dim)
        self.t = nn.TransformerEncoder(nn.TransformerEncoderLayer(s.dim, 8, 2048, 0.0, batch_first=True), 6)
        self.register_buffer("mask", torch.triu(torch.ones(s.context, s.context, dtype=torch.bool), 1), persistent=False)

    def forward(self, x):
        n = x.size(1)
        return self.t(self.e(x), mask=self.mask[:n, :n]) @ self.e.weight.T


def stream(s, split):
    for f in sorted(glob(f"{s.folder}/fineweb_{split}_*.bin")):
        yield torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64))


def train(s, model):
    opt = torch.optim.AdamW(model.parameters(), 5e-4)
    until, n = time.time() + 60 * s.minutes, 0
    cache = UnigramCache(s.vocab)
    for ids in stream(s, "train"):
        cache.absorb(ids[:100000])
        for piece in ids.split(s.context * 32 + 1):
            if len(piece) < s.context * 32 + 1:
                continue
            x, y = piece[:-1].view(32, -1).cuda(), piece[1:].view(32, -1).cuda()
            loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
            opt.zero_grad()
            loss.backward()
            opt.step()
            n += 1
            if n % 500 == 0:
                print(f"{n:06d} {loss.item():.1f}")
            if time.time() > until:
                return cache
    return cache


def evaluate(s, model, cache, val, sizes):
    nats = 0.0
    for piece in val.unfold(0, s.context + 1, s.context):
        x, y = piece[:-1].cuda(), piece[1:].cuda()
        with torch.no_grad():
            p = model(x[None])[0].softmax(-1)
        p = (1 - s.share) * p + s.share * cache().cuda()
        nats += -p.gather(1, y[:, None]).log().sum().item()
        cache.absorb(y.cpu())
    return nats / (math.log(2) * sizes[val[1:]].sum().item())


def main():
    s = Settings()
    model = Small(s).cuda()
    cache = train(s, model)
    with open("artifact.pkl", "wb") as f:
        pickle.dump({"w": {k: v.half().cpu() for k, v in model.state_dict().items()}, "c": dict(cache.counts)}, f)
    print("file:", len(open("artifact.pkl", "rb").read()), "bytes")
    with open("artifact.pkl", "rb") as f:
        stored = pickle.load(f)
    model.load_state_dict({k: v.float() for k, v in stored["w"].items()})
    val = torch.cat(list(stream(s, "val")))
    cache = UnigramCache(s.vocab, Counter(stored["c"]))
    print(f"bpb={evaluate(s, model, cache, val, torch.load('sizes.pt')):.4f}")


if __name__ == "__main__":
    main()
