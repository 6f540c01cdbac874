import math
import os
import time

import torch

import corpus
from network import Network
from streaming import learn, stream


def main():
    model = Network().cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    start, files = time.time(), corpus.shards("train")
    used = 0
    for path in files:
        for block in corpus.blocks(corpus.load(path), 64, 1024):
            learn(model, optimizer, block)
            if time.time() - start > 588:
                break
        used += 1
        if time.time() - start > 588:
            break
    print(f"epochs over {used / len(files):.1f} of the shards, {time.time() - start:.0f} s")
    torch.save(model.half().state_dict(), "model.pt")
    print("stored", os.path.getsize("model.pt"), "bytes")
    model.load_state_dict(torch.load("model.pt"))
    nats, nbytes = stream(model.float(), torch.load("sizes.pt"))
    print(f"stream: {nats / math.log(2) / nbytes:.4f} bpb")


if __name__ == "__main__":
    main()
