import argparse
import glob
import io
import math
import time
import zlib

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def parse():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default="./data/datasets/fineweb10B_sp1024")
    ap.add_argument("--chunk", type=int, default=4096)
    ap.add_argument("--seq", type=int, default=1024)
    ap.add_argument("--lr", type=float, default=3e-3)
    ap.add_argument("--lr-eval", type=float, default=2e-3)
    ap.add_argument("--budget", type=float, default=598.0)
    return ap.parse_args()


def shard(path):
    return torch.from_numpy(np.fromfile(path, dtype="<u2", offset=1024).astype(np.int64))


class Tiny(nn.Module):
    def __init__(self, vocab=1024, dim=384, depth=6):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        layer = lambda: nn.TransformerEncoderLayer(dim, 6, dim * 4, batch_first=True, dropout=0.0)
        self.blocks = nn.ModuleList(layer() for _ in range(depth))

    def forward(self, x):
        t = x.size(1)
        mask = torch.full((t, t), float("-inf"), device=x.device).triu(1)
        h = self.emb(x)
        for b in self.blocks:
            h = b(h, src_mask=mask, is_causal=True)
        return h @ self.emb.weight.T


def make_evaluator(model, tokens, byte_len, args):
    opt = torch.optim.SGD(model.parameters(), lr=args.lr_eval, momentum=0.9)
    nats = 0.0
    nbytes = 0

    def pair(lo):
        hi = min(lo + args.chunk, len(tokens) - 1)
        return tokens[lo:hi].unsqueeze(0), tokens[lo + 1 : hi + 1].unsqueeze(0)

    def score(lo):
        nonlocal nats, nbytes
        x, y = pair(lo)
        with torch.no_grad():
            lp = F.cross_entropy(model(x)[0], y[0], reduction="sum")
        nats += lp.item()
        nbytes += int(byte_len[y[0]].sum())

    def follow(lo):
        x, y = pair(lo)
        loss = F.cross_entropy(model(x)[0], y[0])
        opt.zero_grad()
        loss.backward()
        opt.step()

    def run():
        for lo in range(0, len(tokens) - 1, args.chunk):
            score(lo)
            follow(lo)
        return nats / math.log(2) / nbytes

    return run


def main():
    args = parse()
    dev = "cuda"
    model = Tiny().to(dev)
    opt = torch.optim.AdamW(model.parameters(), lr=args.lr)
    t0 = time.time()
    step = 0
    for path in sorted(glob.glob(args.data + "/fineweb_train_*.bin")):
        toks = shard(path).to(dev)
        for i in range(0, len(toks) - args.seq * 16 - 1, args.seq * 16):
            buf = toks[i : i + args.seq * 16 + 1]
            x, y = buf[:-1].view(16, -1), buf[1:].view(16, -1)
            loss = F.cross_entropy(model(x).flatten(0, 1), y.flatten())
            opt.zero_grad()
            loss.backward()
            opt.step()
            if step % 100 == 0:
                print(f"step {step} loss {loss.item():.4f}")
            step += 1
            if time.time() - t0 > args.budget:
                break
        if time.time() - t0 > args.budget:
            break
    print(f"wallclock reached, {time.time() - t0:.1f}s")
    raw = io.BytesIO()
    torch.save({k: v.half() for k, v in model.state_dict().items()}, raw)
    blob = zlib.compress(raw.getvalue(), 9)
    open("model.z", "wb").write(blob)
    print(f"artifact {len(blob)} bytes")
    state = torch.load(io.BytesIO(zlib.decompress(open("model.z", "rb").read())))
    model.load_state_dict({k: v.float() for k, v in state.items()})
    val = torch.cat([shard(p) for p in sorted(glob.glob(args.data + "/fineweb_val_*.bin"))]).to(dev)
    print(f"tokens in validation: {len(val)}")
    byte_len = torch.from_numpy(np.load("token_bytes.npy")).to(dev)
    bpb = make_evaluator(model, val, byte_len, args)()
    print(f"streaming bpb {bpb:.4f}")


if __name__ == "__main__":
    main()
