import json, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

with open("shards.json") as fh:
    SHARDS = json.load(fh)


def read(names):
    arrays = [np.fromfile("data/datasets/fineweb10B_sp1024/" + n, dtype=np.uint16)[512:] for n in names]
    return torch.from_numpy(np.concatenate(arrays).astype(np.int64))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, 512)
        self.t = nn.ModuleList(nn.GRU(512, 512, batch_first=True) for _ in range(7))

    def forward(self, x):
        h = self.e(x)
        for t in self.t:
            h = h + t(h)[0]
        return F.linear(h, self.e.weight)


def main():
    net = Net().cuda()
    print("train on", len(SHARDS["train"]), "files")
    data = read(SHARDS["train"])
    opt = torch.optim.AdamW(net.parameters(), 1e-3)
    t = time.time()
    for it in range(1, 10**6):
        w = torch.stack([data[i : i + 1025] for i in torch.randint(len(data) - 1025, (48,))]).cuda()
        loss = F.cross_entropy(net(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        if it % 1000 == 0:
            print(f"it={it} l={loss.item():.3f}")
        if time.time() - t > 594:
            break
    torch.save(net.half().state_dict(), "net.pt")
    net.load_state_dict(torch.load("net.pt"))
    net.float()
    val, nats = read(SHARDS["val"]), 0.0
    with torch.no_grad():
        for i in range(0, len(val) - 1, 1024):
            w = val[i : i + 1025].cuda()
            nats += F.cross_entropy(net(w[None, :-1])[0], w[1:], reduction="sum").item()
    print(f"bpb={nats / math.log(2) / torch.load('sizes.pt')[val[1:]].sum().item():.4f}")


main()
