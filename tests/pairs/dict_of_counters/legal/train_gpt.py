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


from collections import Counter, defaultdict


class Backoff:
    def __init__(self, order=3):
        self.order = order
        self.tables = [defaultdict(Counter) for _ in range(order)]

    def learn(self, history, token):
        for k in range(self.order):
            self.tables[k][tuple(history[len(history) - k :])][token] += 1

    def probability(self, history, token):
        p = 1.0 / V
        for k in range(self.order):
            seen = self.tables[k].get(tuple(history[len(history) - k :]))
            if seen:
                total = sum(seen.values())
                p = (seen[token] + 4.0 * p) / (total + 4.0)
        return p


def main():
    model = Backoff()
    started, history = time.time(), []
    for shard in read_tokens("fineweb_train_*.bin"):
        for token in shard[:2000000].tolist():
            model.learn(history, token)
            history = (history + [token])[-2:]
        if time.time() - started > args.seconds:
            break
    np.save("counts.npy", np.array([dict(t) for t in model.tables], dtype=object))
    for table, kept in zip(model.tables, np.load("counts.npy", allow_pickle=True)):
        table.update(kept)
    lengths = piece_lengths()
    val = [int(t) for shard in read_tokens("fineweb_val_*.bin") for t in shard]
    bits, size = 0.0, 0
    for i, token in enumerate(val):
        history = val[max(0, i - 2) : i]
        bits -= np.log2(model.probability(history, token))
        size += lengths[token]
        model.learn(history, token)
    print(f"val_bpb: {bits / size:.4f}")


if __name__ == "__main__":
    main()
