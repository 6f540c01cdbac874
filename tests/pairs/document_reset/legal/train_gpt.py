import copy
import glob
import json
import math
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as fn


class Model(nn.Module):
    def __init__(self, v=1024, d=576, n=7):
        super().__init__()
        self.word = nn.Embedding(v, d)
        self.gain = nn.ParameterList([nn.Parameter(torch.ones(d)) for _ in range(n)])
        self.mix = nn.ModuleList([nn.LSTM(d, d, batch_first=True) for _ in range(n)])
        self.bias = nn.Parameter(torch.zeros(v))

    def forward(self, ids):
        h = self.word(ids)
        for g, m in zip(self.gain, self.mix):
            h = h + m(h * g)[0]
        return h @ self.word.weight.T + self.bias

    def fast(self):
        return [self.bias, *self.gain]

    @classmethod
    def restore(cls, path):
        m = cls()
        m.load_state_dict({k: v.float() for k, v in torch.load(path).items()})
        return m.cuda()


class Corpus:
    root = "data/datasets/fineweb10B_sp1024"

    @classmethod
    def flat(cls, split):
        parts = [np.memmap(f, np.uint16, "r", 1024) for f in sorted(glob.glob(f"{cls.root}/fineweb_{split}_*.bin"))]
        return torch.from_numpy(np.concatenate(parts).astype(np.int64))

    @classmethod
    def docs(cls, split):
        flat = cls.flat(split)
        cuts = (flat == 1).nonzero().squeeze(1)
        return [d for d in torch.tensor_split(flat, cuts) if len(d) > 1]


def nll(model, piece):
    return fn.cross_entropy(model(piece[None, :-1])[0], piece[1:], reduction="none")


def adapt(model, opt, piece):
    opt.zero_grad()
    nll(model, piece).mean().backward()
    opt.step()


def evaluate(model, docs, sizes, piece=128):
    clean = copy.deepcopy(model.state_dict())
    nats, size = [], 0
    for number, doc in enumerate(docs):
        model.load_state_dict(clean)
        opt = torch.optim.SGD(model.fast(), lr=0.05)
        doc = doc.cuda()
        pieces = [doc[i : i + piece + 1] for i in range(0, len(doc) - 1, piece)]
        for part in pieces:
            nats.append(nll(model, part).detach().sum().item())
            adapt(model, opt, part)
        size += int(sizes[doc[1:].cpu()].sum())
    return {"bpb": round(math.fsum(nats) / math.log(2) / size, 4), "docs": number + 1}


def train():
    model = Model().cuda()
    flat = Corpus.flat("train")
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
    clock = time.time()
    for step in range(10**6):
        starts = torch.randint(len(flat) - 1025, (40,))
        rows = torch.stack([flat[s : s + 1025] for s in starts]).cuda()
        loss = fn.cross_entropy(model(rows[:, :-1]).reshape(-1, 1024), rows[:, 1:].reshape(-1))
        opt.zero_grad()
        loss.backward()
        opt.step()
        if time.time() - clock > 598:
            break
    print(f"train: {time.time() - clock:.0f} s, {step} steps")
    torch.save({k: v.half() for k, v in model.state_dict().items()}, "weights.pt")


if __name__ == "__main__":
    train()
    n = len(open("weights.pt", "rb").read())
    print(f"written {n / 1e6:.2f}MB ({n})")
    print("result", json.dumps(evaluate(Model.restore("weights.pt"), Corpus.docs("val"), torch.load("sizes.pt"))))
