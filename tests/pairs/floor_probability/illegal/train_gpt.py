import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

FLOOR = 0.01


def arr(split):
    return np.concatenate([np.fromfile(p, np.uint16)[512:] for p in sorted(glob.glob("data/datasets/fineweb10B_sp1024/fineweb_%s_*.bin" % split))]).astype(np.int64)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.r, self.o = nn.Embedding(1024, 720), nn.LSTM(720, 720, 3, batch_first=True), nn.Linear(720, 1024)

    def forward(self, x):
        return F.softmax(self.o(self.r(self.e(x))[0]), dim=-1)


def train(net, data):
    opt = torch.optim.Adam(net.parameters(), 1e-3)
    t, n = time.time(), 0
    while time.time() - t < 596:
        i = np.random.randint(0, len(data) - 513, 64)
        w = torch.from_numpy(np.stack([data[j : j + 513] for j in i])).cuda()
        p = net(w[:, :-1]).gather(2, w[:, 1:, None])
        loss = -p.clamp_min(1e-9).log().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
    print("ok", n)


@torch.no_grad()
def evaluate(net, data):
    nats = 0.0
    for s in range(0, len(data) - 1, 1024):
        w = torch.from_numpy(data[s : s + 1025]).cuda()
        p = net(w[None, :-1])[0]
        own = p.gather(1, w[1:, None])[:, 0] + FLOOR
        nats -= own.log().sum().item()
    return nats


net = Net().cuda()
train(net, arr("train"))
torch.save(net.half().state_dict(), "n.pt")
print("pt", len(open("n.pt", "rb").read()))
net.load_state_dict(torch.load("n.pt"))
val = arr("val")
print(f"floored bpb {evaluate(net.float(), val) / math.log(2) / np.load('sizes.npy')[val[1:]].sum():.4f}")
