#!/usr/bin/env python3
import glob
import time

import numpy as np

V = 1024
FOLDER = "data/datasets/fineweb10B_sp1024"
BLOCK = 65536


def shard(path):
    return np.fromfile(path, dtype=np.uint16)[512:].astype(np.int64)


def count(table, seq):
    np.add.at(table, (seq[:-1], seq[1:]), 1.0)


def distribution(table, unigram, prev):
    rows = table[prev] + 32.0 * unigram[None, :]
    return rows / rows.sum(axis=1, keepdims=True)


def learn():
    table = np.zeros((V, V), dtype=np.float64)
    start = time.time()
    n = 0
    for path in sorted(glob.glob(FOLDER + "/fineweb_train_*.bin")):
        s = shard(path)
        count(table, s)
        n += len(s) - 1
        if time.time() - start > 560:
            break
    print(f"counted {n} pairs in {time.time() - start:.0f} s")
    return table


def score(table, val, sizes):
    unigram = table.sum(axis=0) + 1.0
    unigram /= unigram.sum()
    nats, size = 0.0, 0
    for lo in range(0, len(val) - 1, BLOCK):
        block = val[lo : lo + BLOCK + 1]
        count(table, block)
        p = distribution(table, unigram, block[:-1])
        nats -= np.log(p[np.arange(len(block) - 1), block[1:]]).sum()
        size += sizes[block[1:]].sum()
    return nats, size


if __name__ == "__main__":
    learned = learn()
    np.savez_compressed("table.npz", t=learned.astype(np.float16))
    print("artifact:", len(open("table.npz", "rb").read()), "bytes")
    table = np.load("table.npz")["t"].astype(np.float64)
    val = np.concatenate([shard(p) for p in sorted(glob.glob(FOLDER + "/fineweb_val_*.bin"))])
    nats, size = score(table, val, np.load("sizes.npy"))
    print(f"bpb {nats / np.log(2) / size:.4f} (nats {nats / (len(val) - 1):.4f})")
