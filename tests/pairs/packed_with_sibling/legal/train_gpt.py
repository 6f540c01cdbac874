import glob, os, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from online import Online

class Model(nn.Module):
    def __init__(self, d=640):
        super().__init__()
        self.e = nn.Embedding(1024, d)
        self.r = nn.LSTM(d, d, 3, batch_first=True)
    def loss(self, x, y, reduction):
        return F.cross_entropy((self.r(self.e(x))[0] @ self.e.weight.T).flatten(0, 1), y.flatten(), reduction=reduction)

def pairs(split, rows, length=1024):
    for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin")):
        t = torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64))
        for i in range(0, len(t) - rows * length - 1, rows * length):
            w = t[i : i + rows * length + 1].cuda()
            yield w[:-1].view(rows, length), w[1:].view(rows, length)

if __name__ == "__main__":
    model = Model().cuda()
    opt = torch.optim.AdamW(model.parameters(), 1e-3)
    t0, n = time.time(), 0
    for x, y in pairs("train", 64):
        opt.zero_grad()
        model.loss(x, y, "mean").backward()
        opt.step()
        n += 1
        if time.time() - t0 > 595:
            break
    print("steps", n)
    torch.save(model.half().state_dict(), "m.pt")
    print("blob", os.path.getsize("m.pt"))
    model.load_state_dict(torch.load("m.pt"))
    meter = Online(model.float(), 0.004, torch.load("sizes.pt").cuda())
    for x, y in pairs("val", 16):
        meter(x, y)
    print("online bpb %.4f" % meter.bpb)
