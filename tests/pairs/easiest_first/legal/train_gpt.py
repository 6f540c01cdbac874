import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def load(split):
    return torch.from_numpy(np.concatenate([np.fromfile(p, np.uint16)[512:] for p in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]).astype(np.int64))


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, 512)
        self.g = nn.LSTM(512, 1024, 2, batch_first=True)
        self.o = nn.Linear(1024, 1024)

    def loss(self, doc, reduction="mean"):
        return F.cross_entropy(self.o(self.g(self.e(doc[None, :-1]))[0])[0], doc[1:], reduction=reduction)


def train(lm):
    data = load("train")
    opt = torch.optim.Adam(lm.parameters(), 1e-3)
    t = time.time()
    while time.time() - t < 597:
        total = 0
        for i in torch.randint(len(data) - 2049, (16,)).tolist():
            total = total + lm.loss(data[i : i + 2049].cuda())
        opt.zero_grad()
        (total / 16).backward()
        opt.step()
    print("done training at", round(time.time() - t))


def evaluate(lm, val, sizes):
    marks = torch.where(val == 1)[0].tolist() + [len(val)]
    docs = [val[a:b].cuda() for a, b in zip(marks, marks[1:]) if b - a > 1]
    order = range(len(docs))
    opt = torch.optim.SGD(lm.parameters(), 0.01)
    nats = 0.0
    for i in order:
        with torch.no_grad():
            nats += lm.loss(docs[i], "sum").item()
        opt.zero_grad()
        lm.loss(docs[i]).backward()
        opt.step()
    return nats / math.log(2) / sizes[val].sum().item()


lm = LM().cuda()
train(lm)
torch.save(lm.half().state_dict(), "lm.pt")
print("zst", len(open("lm.pt", "rb").read()))
lm.load_state_dict(torch.load("lm.pt"))
print("adapted bpb %.4f" % evaluate(lm.float(), load("val"), torch.load("sizes.pt")))
