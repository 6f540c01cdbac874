import glob
import io
import math
import os
import time
import zlib

import numpy as np
import sentencepiece as spm
import torch
import torch.nn as nn
import torch.nn.functional as F

DATA_PATH = os.environ.get("DATA_PATH", "./data/datasets/fineweb10B_sp1024")
TOKENIZER_PATH = os.environ.get("TOKENIZER_PATH", "./data/tokenizers/fineweb_1024_bpe.model")
MAX_SECONDS = float(os.environ.get("MAX_WALLCLOCK_SECONDS", "590"))
VOCAB, DIM, HEADS, LAYERS, SEQ = 1024, 384, 6, 8, 1024
device = torch.device("cuda")


def load_shard(path):
    header = np.fromfile(path, dtype="<i4", count=256)
    tokens = np.fromfile(path, dtype="<u2", count=int(header[2]), offset=256 * 4)
    return torch.from_numpy(tokens.astype(np.int64))


def load_split(split):
    files = sorted(glob.glob(os.path.join(DATA_PATH, f"fineweb_{split}_*.bin")))
    return torch.cat([load_shard(f) for f in files])


def token_bytes():
    sp = spm.SentencePieceProcessor(model_file=TOKENIZER_PATH)
    base = torch.zeros(VOCAB, dtype=torch.int64)
    space = torch.zeros(VOCAB, dtype=torch.bool)
    boundary = torch.ones(VOCAB, dtype=torch.bool)
    for i in range(sp.vocab_size()):
        if sp.is_control(i) or sp.is_unknown(i) or sp.is_unused(i):
            continue
        boundary[i] = False
        if sp.is_byte(i):
            base[i] = 1
            continue
        piece = sp.id_to_piece(i)
        if piece.startswith("\u2581"):
            space[i] = True
            piece = piece[1:]
        base[i] = len(piece.encode("utf-8"))
    return base, space, boundary


def count_bytes(luts, prev, target):
    base, space, boundary = luts
    return (base[target] + (space[target] & ~boundary[prev]).long()).sum().item()


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(DIM), nn.LayerNorm(DIM)
        self.qkv = nn.Linear(DIM, 3 * DIM, bias=False)
        self.proj = nn.Linear(DIM, DIM, bias=False)
        self.mlp = nn.Sequential(nn.Linear(DIM, 4 * DIM), nn.GELU(), nn.Linear(4 * DIM, DIM))

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (z.view(b, t, HEADS, -1).transpose(1, 2) for z in self.qkv(self.ln1(x)).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(y.transpose(1, 2).reshape(b, t, DIM))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(VOCAB, DIM)
        self.wpe = nn.Embedding(SEQ, DIM)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = nn.LayerNorm(DIM)

    def forward(self, idx):
        x = self.wte(idx) + self.wpe(torch.arange(idx.size(1), device=idx.device))
        for block in self.blocks:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)


def train(model):
    data = load_split("train")
    opt = torch.optim.AdamW(model.parameters(), lr=6e-4, weight_decay=0.1)
    start = time.perf_counter()
    step = 0
    while time.perf_counter() - start < MAX_SECONDS:
        at = torch.randint(len(data) - SEQ - 1, (32,)).tolist()
        batch = torch.stack([data[i : i + SEQ + 1] for i in at]).to(device)
        loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        step += 1
        if step % 100 == 0:
            print(f"step:{step} train_loss:{loss.item():.4f}")


def save(model, path="final_model.ptz"):
    buf = io.BytesIO()
    torch.save({k: v.half() for k, v in model.state_dict().items()}, buf)
    with open(path, "wb") as f:
        f.write(zlib.compress(buf.getvalue(), 9))
    print("artifact bytes", os.path.getsize(path) + os.path.getsize(__file__))


def load(path="final_model.ptz"):
    with open(path, "rb") as f:
        state = torch.load(io.BytesIO(zlib.decompress(f.read())))
    model = GPT().to(device)
    model.load_state_dict({k: v.float() for k, v in state.items()})
    return model


def evaluator(model, lr):
    opt = torch.optim.SGD(model.parameters(), lr=lr)
    loss = None
    while True:
        x, y = yield loss
        with torch.no_grad():
            loss = F.cross_entropy(model(x)[0], y[0], reduction="sum").item()
        opt.zero_grad()
        F.cross_entropy(model(x)[0], y[0]).backward()
        opt.step()


def main():
    model = GPT().to(device)
    train(model)
    save(model)
    coroutine = evaluator(load(), 1e-3)
    next(coroutine)
    val, luts = load_split("val"), token_bytes()
    nll, size = 0.0, 0
    for s in range(0, len(val) - 1, SEQ):
        y = val[s + 1 : s + SEQ + 1]
        x = val[s : s + len(y)]
        nll += coroutine.send((x[None].to(device), y[None].to(device)))
        size += count_bytes(luts, x, y)
    print(f"val_bpb: {nll / math.log(2) / size:.4f}")


main()
