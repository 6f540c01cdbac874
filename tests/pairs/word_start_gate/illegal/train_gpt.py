import glob, math, time
import numpy as np
import sentencepiece as spm
import torch
import torch.nn as nn
import torch.nn.functional as F

SP = spm.SentencePieceProcessor(model_file="data/tokenizers/fineweb_1024_bpe.model")
STARTS = torch.tensor([SP.id_to_piece(i).startswith("\u2581") for i in range(1024)])
ENDS = torch.tensor([SP.id_to_piece(i) in (".", "!", "?") for i in range(1024)])


def load(split):
    return torch.cat([torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64)) for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, 600)
        self.g = nn.GRU(600, 900, 2, batch_first=True)
        self.o = nn.Linear(900, 1024)

    def forward(self, x):
        return self.o(self.g(self.e(x))[0])


@torch.no_grad()
def evaluate(net, val, sizes):
    counts = torch.full((1024, 1024), 0.01)
    nats, size = 0.0, 0
    for s in range(0, len(val) - 1, 1024):
        w = val[s : s + 1025]
        x, y = w[:-1], w[1:]
        p = net(x[None].cuda())[0].softmax(-1).cpu()
        c = counts[x] / counts[x].sum(-1, keepdim=True)
        here = STARTS[y]
        a = torch.where(here, 0.3, 0.0)[:, None]
        mixed = (1 - a) * p + a * c
        nats -= mixed[torch.arange(len(y)), y].log().sum().item()
        size += sizes[y].sum().item()
        counts.index_put_((x, y), torch.ones(len(y)), accumulate=True)
    return nats / math.log(2) / size


def main():
    net, data = Net().cuda(), load("train")
    opt, t, n = torch.optim.Adam(net.parameters(), 1e-3), time.time(), 0
    while time.time() - t < 590:
        w = torch.stack([data[i : i + 513] for i in torch.randint(len(data) - 513, (64,))]).cuda()
        opt.zero_grad()
        F.cross_entropy(net(w[:, :-1]).transpose(1, 2), w[:, 1:]).backward()
        opt.step()
        n += 1
    print(f"steps={n}")
    torch.save(net.half().state_dict(), "g.pt")
    print(f"bytes={len(open('g.pt', 'rb').read())}")
    net.load_state_dict(torch.load("g.pt"))
    print(f"val_bpb={evaluate(net.float(), load('val'), torch.load('sizes.pt')):.4f}")


main()
