import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Gate(nn.Module):
    def __init__(self, d, dilation):
        super().__init__()
        self.pad = (dilation, dilation)
        self.conv = nn.Conv1d(d, 2 * d, 3, dilation=dilation)

    def forward(self, x):
        a, b = self.conv(F.pad(x, self.pad)).chunk(2, dim=1)
        return x + torch.tanh(a) * torch.sigmoid(b)


class ConvNet(nn.Module):
    def __init__(self, d=448):
        super().__init__()
        self.emb = nn.Embedding(1024, d)
        self.gates = nn.Sequential(*[Gate(d, 2 ** (i % 6)) for i in range(11)])
        self.out = nn.Conv1d(d, 1024, 1)

    def forward(self, x):
        return self.out(self.gates(self.emb(x).transpose(1, 2)))


def rows(split, n, t=1024):
    for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        d = torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64))
        for i in range(0, len(d) - n * t, n * t):
            yield d[i : i + n * t].view(n, t).cuda(), d[i + 1 : i + n * t + 1].view(n, t).cuda()


def main():
    net = ConvNet().cuda()
    opt, t0, n = torch.optim.AdamW(net.parameters(), 1e-3), time.time(), 0
    for x, y in rows("train", 48):
        loss = F.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
        if time.time() - t0 > 595:
            break
    print(f"{n} steps, loss {loss.item():.2f}")
    torch.save(net.half().state_dict(), "conv.pt")
    print("conv.pt", len(open("conv.pt", "rb").read()))
    net.load_state_dict(torch.load("conv.pt"))
    net.float()
    sizes = torch.load("sizes.pt").cuda()
    nats = size = 0.0
    with torch.no_grad():
        for x, y in rows("val", 8):
            nats += F.cross_entropy(net(x), y, reduction="sum").item()
            size += sizes[y].sum().item()
    print(f"conv bpb: {nats / math.log(2) / size:.4f}")


main()
