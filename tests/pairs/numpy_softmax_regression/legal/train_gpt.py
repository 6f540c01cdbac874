import glob
import time

import numpy as np

V = 1024
BATCH = 4096


class LogLinear:
    def __init__(self):
        self.A = np.zeros((V, V), np.float32)
        self.B = np.zeros((V, V), np.float32)
        self.c = np.zeros(V, np.float32)

    def probabilities(self, last, before):
        z = self.A[last] + self.B[before] + self.c
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=1, keepdims=True)
        return z

    def step(self, last, before, target, rate):
        g = self.probabilities(last, before)
        g[np.arange(len(target)), target] -= 1.0
        g *= rate
        np.subtract.at(self.A, last, g)
        np.subtract.at(self.B, before, g)
        self.c -= g.mean(axis=0)

    def nats(self, last, before, target):
        p = self.probabilities(last, before)
        return -np.log(p[np.arange(len(target)), target]).sum()


def tokens(split):
    for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        yield np.fromfile(f, np.uint16)[512:].astype(np.int64)


def triples(t):
    for i in range(0, len(t) - 2, BATCH):
        w = t[i : i + BATCH + 2]
        yield w[1:-1], w[:-2], w[2:]


def main():
    model, t0 = LogLinear(), time.time()
    for t in tokens("train"):
        for k, (last, before, target) in enumerate(triples(t)):
            model.step(last, before, target, 0.1)
            if k % 10000 == 0:
                now = model.nats(last, before, target) / len(target)
        if time.time() - t0 > 570:
            break
    print(f"pass done: {now:.4f}")
    np.savez_compressed("w.npz", A=model.A.astype(np.float16), B=model.B.astype(np.float16), c=model.c)
    print("weights", len(open("w.npz", "rb").read()))
    w = np.load("w.npz")
    model.A, model.B, model.c = w["A"].astype(np.float32), w["B"].astype(np.float32), w["c"]
    sizes = np.load("sizes.npy")
    nats, size = 0.0, 0
    for t in tokens("val"):
        for last, before, target in triples(t):
            nats += model.nats(last, before, target)
            model.step(last, before, target, 0.05)
            size += sizes[target].sum()
    print(f"bpb {nats / np.log(2) / size:.4f}")


main()
