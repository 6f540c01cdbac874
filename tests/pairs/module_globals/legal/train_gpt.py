import glob
import math
import time

import numpy as np
import torch
import torch.nn.functional as F

NATS = 0.0
BYTES = 0
CHUNK = None
SIZES = np.load("sizes.npy")


def files(split):
    return sorted(glob.glob("data/datasets/fineweb10B_sp1024/fineweb_" + split + "_*.bin"))


def open_shard(path):
    return torch.from_numpy(np.fromfile(path, np.uint16)[512:].astype(np.int64))


class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Embedding(1024, 600)
        self.b = torch.nn.LSTM(600, 600, 3, batch_first=True)

    def forward(self, x):
        return self.b(self.a(x))[0] @ self.a.weight.T


MODEL = M().cuda()
OPT = torch.optim.Adam(MODEL.parameters(), 1e-3)


def next_chunk(tokens, at, width):
    global CHUNK
    CHUNK = tokens[at : at + width + 1].cuda()


def learn():
    loss = F.cross_entropy(MODEL(CHUNK[None, :-1])[0], CHUNK[1:])
    OPT.zero_grad()
    loss.backward()
    OPT.step()


def grade():
    global NATS, BYTES
    with torch.no_grad():
        NATS += F.cross_entropy(MODEL(CHUNK[None, :-1])[0], CHUNK[1:], reduction="sum").item()
    BYTES += SIZES[CHUNK[1:].cpu().numpy()].sum()


DEADLINE = time.time() + 592
for path in files("train"):
    shard = open_shard(path)
    for at in range(0, len(shard) - 1, 8192):
        next_chunk(shard, at, 8192)
        learn()
        if time.time() > DEADLINE:
            break
    if time.time() > DEADLINE:
        break
print("phase 1 over")
torch.save(MODEL.half().state_dict(), "model.pt")
print("phase 2:", len(open("model.pt", "rb").read()), "bytes")
MODEL.load_state_dict(torch.load("model.pt"))
MODEL.float()
OPT = torch.optim.SGD(MODEL.parameters(), 0.005)
for path in files("val"):
    shard = open_shard(path)
    for at in range(0, len(shard) - 1, 2048):
        next_chunk(shard, at, 2048)
        grade()
        learn()
print(f"phase 3: {NATS / math.log(2) / BYTES:.4f} bits per byte")
