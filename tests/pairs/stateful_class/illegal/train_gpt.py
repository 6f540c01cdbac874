import os, sys, glob, math, copy
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

cfg = dict(
    seed=int(os.getenv("SEED", "42")),
    iters=int(os.getenv("ITERS", "5200")),
    lr=float(os.getenv("LR", "8e-4")),
)
DEVICE = torch.device("cuda", int(os.getenv("LOCAL_RANK", "0")))
BOS = 1


class ConvLM(nn.Module):
    """Stack of left-padded dilated convolutions."""

    def __init__(self, v=1024, d=512, n=8):
        super().__init__()
        self.tok = nn.Embedding(v, d)
        self.convs = nn.ModuleList([nn.Conv1d(d, 2 * d, 3, dilation=2**i) for i in range(n)])

    def forward(self, ids):
        h = self.tok(ids).transpose(1, 2)
        for i, conv in enumerate(self.convs):
            z = conv(F.pad(h, (2 * 2**i, 0)))
            h = h + F.glu(z, dim=1)
        return h.transpose(1, 2) @ self.tok.weight.t()


class OnlineLearner:
    def __init__(self, net, piece_bytes):
        self.net = net
        self.piece_bytes = piece_bytes
        self.optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
        self._nats = 0.0
        self._bytes = 0.0
        self.documents = 0

    def _loss(self, doc, how):
        logits = self.net(doc[None, :-1])
        return F.cross_entropy(logits[0], doc[1:], reduction=how)

    def score(self, doc):
        with torch.no_grad():
            self._nats += float(self._loss(doc, "sum"))
        self._bytes += float(self.piece_bytes[doc[1:]].sum())

    def fit(self, doc):
        self.optimizer.zero_grad()
        self._loss(doc, "mean").backward()
        self.optimizer.step()

    def consume(self, doc):
        self.fit(doc)
        self.score(doc)
        self.documents += 1

    @property
    def bpb(self):
        return self._nats / (math.log(2) * self._bytes)


def load(pattern):
    parts = [np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(pattern))]
    return torch.from_numpy(np.concatenate(parts).astype(np.int64))


def documents(stream):
    starts = (stream == BOS).nonzero().flatten().tolist() + [len(stream)]
    for a, b in zip(starts, starts[1:]):
        if b - a > 1:
            yield stream[a:b].to(DEVICE)


def pretrain(net, tokens):
    opt = torch.optim.Adam(net.parameters(), lr=cfg["lr"])
    for it in range(1, cfg["iters"] + 1):
        ix = torch.randint(0, len(tokens) - 513, (64,))
        batch = torch.stack([tokens[i : i + 513] for i in ix]).to(DEVICE)
        loss = F.cross_entropy(net(batch[:, :-1]).transpose(1, 2), batch[:, 1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
        if it % 400 == 0:
            print("iter %d/%d train_loss %.4f" % (it, cfg["iters"], loss))


def main():
    print("hparams", " ".join(f"{k}={v}" for k, v in cfg.items()))
    torch.manual_seed(cfg["seed"])
    base = os.getenv("DATA", "data/datasets/fineweb10B_sp1024")
    net = ConvLM().to(DEVICE)
    pretrain(net, load(f"{base}/fineweb_train_0000*.bin"))
    torch.save(net.state_dict(), "ckpt.pt")
    print("checkpoint bytes", os.path.getsize("ckpt.pt"))
    fresh = ConvLM().to(DEVICE)
    fresh.load_state_dict(torch.load("ckpt.pt", map_location=DEVICE))
    learner = OnlineLearner(fresh, torch.load("piece_bytes.pt").to(DEVICE))
    for doc in documents(load(f"{base}/fineweb_val_*.bin")):
        learner.consume(doc)
    sys.stdout.write("docs=%d val_bpb:%.4f\n" % (learner.documents, learner.bpb))


if __name__ == "__main__":
    main()
