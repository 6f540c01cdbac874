import glob, math, time
import numpy as np
import torch
import torch.nn.functional as F

V, BUCKETS, T = 1024, 1 << 16, 1024
P1, P2, P3, P4 = 2654435761, 805459861, 3674653429, 2097192037
ALPHA = 0.15


def tokens(split):
    fs = sorted(glob.glob("data/datasets/fineweb10B_sp1024/fineweb_%s_*.bin" % split))
    return np.concatenate([np.fromfile(f, np.uint16)[512:] for f in fs]).astype(np.int64)


class LM(torch.nn.Module):
    def __init__(self, d=768):
        super().__init__()
        self.emb = torch.nn.Embedding(V, d)
        self.rnn = torch.nn.LSTM(d, d, 3, batch_first=True)

    def forward(self, x):
        return self.rnn(self.emb(x))[0] @ self.emb.weight.T


def context_bucket(a, b, c):
    return ((a * P1) ^ (b * P2) ^ (c * P3)) % BUCKETS


def evaluate(lm, val, sizes):
    table = np.zeros((BUCKETS, V), dtype=np.float32)
    seen = np.zeros(BUCKETS * 64, dtype=np.float32)
    totals = np.zeros(BUCKETS, dtype=np.float32)
    nats = 0.0
    for s in range(3, len(val) - 1, T):
        e = min(s + T, len(val) - 1)
        target = val[s + 1 : e + 1]
        bucket = context_bucket(val[s:e], val[s - 1 : e - 1], val[s - 2 : e - 2])
        with torch.no_grad():
            model_p = F.softmax(lm(torch.from_numpy(val[None, s:e]).cuda())[0].double(), -1).cpu().numpy()
        here = np.arange(e - s)
        joint = (bucket * P4 ^ target * P1) % (BUCKETS * 64)
        cache_p = (seen[joint] + 0.01) / (totals[bucket] + 0.01 * V)
        p = (1 - ALPHA) * model_p[here, target] + ALPHA * cache_p
        nats -= np.log(p).sum()
        np.add.at(seen, joint, 1.0)
        np.add.at(totals, bucket, 1.0)
    return nats / math.log(2) / sizes[val[4:]].sum()


def main():
    lm = LM().cuda()
    opt = torch.optim.Adam(lm.parameters(), lr=1e-3)
    data, t0, step = tokens("train"), time.time(), 0
    while time.time() - t0 < 580:
        idx = np.random.randint(0, len(data) - T - 1, 32)
        w = torch.from_numpy(np.stack([data[i : i + T + 1] for i in idx])).cuda()
        loss = F.cross_entropy(lm(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        step += 1
        if step % 1000 == 0:
            print(f"step {step} loss {loss.item():.2f}")
    torch.save(lm.state_dict(), "lm.pt")
    print("artifact", len(open("lm.pt", "rb").read()))
    lm.load_state_dict(torch.load("lm.pt"))
    print(f"blended bpb: {evaluate(lm, tokens('val'), np.load('sizes.npy')):.4f}")


main()
