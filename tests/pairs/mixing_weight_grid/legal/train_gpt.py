import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

T0 = time.time()
GRID = [i / 20 for i in range(1, 20)]


class Small(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.e = nn.Embedding(1024, 480)
        self.c = cell(480, 480, 3, batch_first=True)
        self.o = nn.Linear(480, 1024)

    def forward(self, x):
        return self.o(self.c(self.e(x))[0]).softmax(-1)


def data(split):
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]).astype(np.int64))


def train(net, tokens, until):
    opt = torch.optim.Adam(net.parameters(), 1e-3)
    while time.time() - T0 < until:
        w = torch.stack([tokens[i : i + 513] for i in torch.randint(len(tokens) - 513, (64,))]).cuda()
        opt.zero_grad()
        (-net(w[:, :-1]).gather(2, w[:, 1:, None]).clamp_min(1e-9).log().mean()).backward()
        opt.step()


@torch.no_grad()
def nats(a, b, tokens, weight):
    total = 0.0
    for i in range(0, len(tokens) - 1, 2048):
        w = tokens[i : i + 2049].cuda()
        p = weight * a(w[None, :-1])[0] + (1 - weight) * b(w[None, :-1])[0]
        total -= p.gather(1, w[1:, None]).log().sum().item()
    return total


def choose(a, b, tokens):
    best = min(GRID, key=lambda weight: nats(a, b, tokens, weight))
    print(f"weight {best} chosen, {time.time() - T0:.0f} s")
    return best


def main():
    a, b = Small(nn.LSTM).cuda(), Small(nn.GRU).cuda()
    tokens = data("train")
    train(a, tokens[:-200000], 280)
    train(b, tokens[:-200000], 560)
    print(f"both trained, {time.time() - T0:.0f} s")
    weight = choose(a, b, tokens[-200000:])
    torch.save([a.half().state_dict(), b.half().state_dict(), weight], "ab.pt")
    print("stored", len(open("ab.pt", "rb").read()))
    stored = torch.load("ab.pt")
    a.load_state_dict(stored[0])
    b.load_state_dict(stored[1])
    a.float(), b.float()
    val = data("val")
    weight = stored[2]
    print(f"mixture: {nats(a, b, val, weight) / math.log(2) / torch.load('sizes.pt')[val[1:]].sum().item():.4f}")


main()
