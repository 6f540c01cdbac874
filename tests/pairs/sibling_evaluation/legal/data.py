import numpy as np
import sentencepiece as spm
import torch
from pathlib import Path

HERE = Path("data/datasets/fineweb10B_sp1024")


def shard(path):
    raw = np.fromfile(path, dtype=np.uint16)[512:]
    return torch.from_numpy(raw.astype(np.int64))


def train_shards():
    return sorted(HERE.glob("fineweb_train_*.bin"))


def validation():
    return torch.cat([shard(p) for p in sorted(HERE.glob("fineweb_val_*.bin"))])


def byte_table():
    sp = spm.SentencePieceProcessor(model_file="data/tokenizers/fineweb_1024_bpe.model")
    sizes = []
    for i in range(sp.get_piece_size()):
        if sp.is_control(i) or sp.is_unknown(i):
            sizes.append(0)
        elif sp.is_byte(i):
            sizes.append(1)
        else:
            sizes.append(len(sp.id_to_piece(i).replace("\u2581", " ").encode()))
    return torch.tensor(sizes)
