import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

MOMENTUM = 0.05


class Whitened(nn.Module):
    def __init__(self, d=640):
        super().__init__()
        self.emb = nn.Embedding(1024, d)
        self.rnn = nn.LSTM(d, d, 3, batch_first=True)
        self.head = nn.Linear(d, 1024)
        self.register_buffer("mu", torch.zeros(d))
        self.register_buffer("var", torch.ones(d))

    def features(self, x):
        return self.rnn(self.emb(x))[0]

    def forward(self, x):
        return self.head((self.features(x) - self.mu) / (self.var + 1e-5).sqrt())

    @torch.no_grad()
    def follow(self, x):
        h = self.features(x).flatten(0, 1)
        self.mu.mul_(1 - MOMENTUM).add_(MOMENTUM * h.mean(0))
        self.var.mul_(1 - MOMENTUM).add_(MOMENTUM * h.var(0))


def data(split):
    a = [np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]
    return torch.from_numpy(np.concatenate(a).astype(np.int64))


def train(net, tokens):
    opt, t = torch.optim.Adam(net.parameters(), 1e-3), time.time()
    while time.time() - t < 593:
        w = torch.stack([tokens[i : i + 1025] for i in torch.randint(len(tokens) - 1025, (64,))]).cuda()
        loss = F.cross_entropy(net(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        net.follow(w[:, :-1])
    print(f"[train] {loss.item():.4f}")


def evaluate(net, tokens, lut):
    nats, n, size = 0.0, 8 * 1024, 0
    for i in range(0, len(tokens) - n - 1, n):
        w = tokens[i : i + n + 1].cuda()
        x, y = w[:-1].view(8, -1), w[1:]
        with torch.no_grad():
            nats += F.cross_entropy(net(x).flatten(0, 1), y, reduction="sum").item()
        size += lut[y.cpu()].sum().item()
        net.follow(x)
    return nats / math.log(2) / size


net = Whitened().cuda()
train(net, data("train"))
torch.save({k: v.half() for k, v in net.state_dict().items()}, "w.pt")
print("[size]", len(open("w.pt", "rb").read()))
net.load_state_dict(torch.load("w.pt"))
print(f"[val] {evaluate(net, data('val'), torch.load('lut.pt')):.4f}")
