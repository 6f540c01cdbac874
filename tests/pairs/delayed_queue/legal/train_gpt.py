import glob, math, time
from collections import deque
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

DELAY = 4
SIZE = 2048


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(1024, 640)
        self.rnn = nn.GRU(640, 640, 4, batch_first=True)
        self.out = nn.Linear(640, 1024, bias=False)

    def forward(self, x):
        return self.out(self.rnn(self.emb(x))[0])


def load(split):
    names = sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))
    return torch.from_numpy(np.concatenate([np.memmap(n, np.uint16, "r", 1024) for n in names]).astype(np.int64))


def train(net):
    data, opt = load("train"), torch.optim.Adam(net.parameters(), 1e-3)
    stop = time.time() + 596
    while time.time() < stop:
        w = torch.stack([data[i : i + 1025] for i in torch.randint(len(data) - 1025, (64,))]).cuda()
        loss = F.cross_entropy(net(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(f"loss at end of training: {loss.item():.4f}")


def update(net, opt, chunk):
    opt.zero_grad()
    F.cross_entropy(net(chunk[None, :-1])[0], chunk[1:]).backward()
    opt.step()


def evaluate(net, val):
    opt = torch.optim.SGD(net.parameters(), lr=0.01)
    waiting = deque()
    nats = torch.zeros(1, dtype=torch.float64)
    for i in range(0, len(val) - 1, SIZE):
        chunk = val[i : i + SIZE + 1].cuda()
        with torch.no_grad():
            nats += F.cross_entropy(net(chunk[None, :-1])[0], chunk[1:], reduction="sum").double().cpu()
        waiting.append(chunk)
        if len(waiting) > DELAY:
            update(net, opt, waiting.popleft())
    return nats.item()


def main():
    net = Net().cuda()
    train(net)
    torch.save(net.half().state_dict(), "net.pt")
    print("artifact:", len(open("net.pt", "rb").read()), "B")
    net.load_state_dict(torch.load("net.pt"))
    val = load("val")
    print("val_bpb = %.4f" % (evaluate(net.float(), val) / math.log(2) / torch.load("sizes.pt")[val[1:]].sum().item()))


main()
