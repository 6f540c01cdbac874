import glob
import gzip
import io
import math
import time

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy


class Shards:
    def __init__(self, pattern, rows, length):
        self.files = sorted(glob.glob(pattern))
        self.rows, self.length = rows, length

    def all(self):
        return np.concatenate([np.fromfile(f, np.uint16)[512:] for f in self.files])

    def __iter__(self):
        size = self.rows * self.length
        for f in self.files:
            data = np.fromfile(f, np.uint16)[512:]
            for i in range(0, len(data) - size - 1, size):
                part = torch.from_numpy(data[i : i + size + 1].astype(np.int64)).cuda()
                yield part[:-1].view(self.rows, -1), part[1:].view(self.rows, -1)


class Network(nn.Module):
    def __init__(self, dim=700):
        super().__init__()
        self.lookup = nn.Embedding(1024, dim)
        self.memory = nn.LSTM(dim, dim, num_layers=3, batch_first=True)
        self.readout = nn.Linear(dim, 1024)

    def forward(self, x):
        return self.readout(self.memory(self.lookup(x))[0])


class Trainer:
    def __init__(self, root="data/datasets/fineweb10B_sp1024"):
        self.net = Network().cuda()
        self.train = Shards(f"{root}/fineweb_train_*.bin", 64, 512)
        self.val = Shards(f"{root}/fineweb_val_*.bin", 64, 512)
        self.start = time.time()
        self.phases = {"main": (self.train, 1e-3, 560.0), "polish": (self.train, 5e-5, 590.0)}

    def phase(self, name):
        source, rate, until = self.phases[name]
        opt = torch.optim.Adam(self.net.parameters(), lr=rate)
        updates = 0
        for x, y in source:
            opt.zero_grad()
            cross_entropy(self.net(x).transpose(1, 2), y).backward()
            opt.step()
            updates += 1
            if time.time() - self.start > until:
                break
        print(f"phase {name}: {updates} updates, {time.time() - self.start:.0f} s")

    def export(self):
        raw = io.BytesIO()
        torch.save(self.net.half().state_dict(), raw)
        with gzip.open("net.gz", "wb") as f:
            f.write(raw.getvalue())
        print("exported", len(open("net.gz", "rb").read()), "bytes")

    def evaluate(self):
        with gzip.open("net.gz", "rb") as f:
            self.net.load_state_dict(torch.load(io.BytesIO(f.read())))
        self.net.float().eval()
        nats, tokens = 0.0, 0
        with torch.no_grad():
            for x, y in self.val:
                nats += cross_entropy(self.net(x).transpose(1, 2), y, reduction="sum").item()
                tokens += y.numel()
        sizes = np.load("sizes.npy")
        return nats / math.log(2) / sizes[self.val.all()[1 : tokens + 1]].sum()

    def run(self):
        for name in self.phases:
            self.phase(name)
        self.export()
        print(f"exported model: {self.evaluate():.4f} bpb")


Trainer().run()
