import glob
import os
import time

import numpy as np
import torch

from golf import Lion, Model
from golf.evaluate import adaptive


def stream(split):
    files = sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in files]).astype(np.int64))


def main():
    model, data = Model().cuda(), stream("train")
    lion = Lion(model.parameters(), lr=1e-4)
    t, n = time.time(), 0
    for start in range(0, len(data) - 65536, 65536):
        x = data[start : start + 65536].view(64, 1024).cuda()
        y = data[start + 1 : start + 65537].view(64, 1024).cuda()
        lion.zero_grad()
        model.nll(x, y).mean().backward()
        lion.step()
        n += 1
        if time.time() - t > 596:
            break
    print(f"epoch 0 done ({n} updates)")
    torch.save(model.half().state_dict(), "state.pt")
    print("state:", os.path.getsize("state.pt"), "bytes")
    model.load_state_dict(torch.load("state.pt"))
    print(f"adaptive evaluation -> {adaptive(model.float(), stream('val'), torch.load('sizes.pt')):.4f} bits/byte")


if __name__ == "__main__":
    main()
