import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

BOOST = 1.5
ORDER = 12


def flat(split):
    return np.concatenate([np.fromfile(p, np.uint16)[512:] for p in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))])


class Decoder(nn.Module):
    def __init__(self, d=512, n=9):
        super().__init__()
        self.tok = nn.Embedding(1024, d)
        self.att = nn.ModuleList(nn.Linear(d, 3 * d) for _ in range(n))
        self.mlp = nn.ModuleList(nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d)) for _ in range(n))

    def forward(self, x):
        h = self.tok(x)
        for a, m in zip(self.att, self.mlp):
            q, k, v = [z.unflatten(2, (8, -1)).transpose(1, 2) for z in a(F.layer_norm(h, h.shape[-1:])).split(h.size(-1), 2)]
            h = h + F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
            h = h + m(F.layer_norm(h, h.shape[-1:]))
        return F.linear(h, self.tok.weight)


def hints(tokens):
    """For position i the token predicted from the past alone, or -1."""
    table, out = {}, np.full(len(tokens), -1, dtype=np.int64)
    for i in range(ORDER, len(tokens)):
        key = tokens[i - ORDER : i].tobytes()
        out[i] = table.get(key, -1)
        table[key] = tokens[i]
    return out


@torch.no_grad()
def evaluate(net, tokens, sizes, length=1024):
    hint = torch.from_numpy(hints(tokens))
    print("hints", int((hint >= 0).sum()))
    ids = torch.from_numpy(tokens.astype(np.int64))
    nats = 0.0
    for s in range(0, len(ids) - 1, length):
        y = ids[s + 1 : s + length + 1].cuda()
        x = ids[s : s + len(y)].cuda()
        g = hint[s + 1 : s + 1 + len(y)].cuda()
        lp = net(x[None])[0].float().log_softmax(-1)
        own = lp.gather(1, y[:, None])[:, 0]
        has = g >= 0
        p_hint = lp.gather(1, g.clamp_min(0)[:, None])[:, 0].exp()
        boosted = own + BOOST * ((g == y) & has).float()
        z = torch.log1p(p_hint * (math.exp(BOOST) - 1.0) * has.float())
        nats -= (boosted - z).sum().item()
    return nats / math.log(2) / sizes[tokens[1:]].sum()


def main():
    net = Decoder().cuda()
    opt = torch.optim.AdamW(net.parameters(), 6e-4)
    train = flat("train")
    stop, n = time.time() + 590, 0
    while time.time() < stop:
        at = np.random.randint(0, len(train) - 1025, 48)
        w = torch.from_numpy(np.stack([train[a : a + 1025] for a in at]).astype(np.int64)).cuda()
        loss = F.cross_entropy(net(w[:, :-1]).transpose(1, 2), w[:, 1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
    print("trained", n, "steps")
    torch.save(net.half().state_dict(), "net.pt")
    print("artifact", len(open("net.pt", "rb").read()))
    net.load_state_dict(torch.load("net.pt"))
    print(f"tilted val_bpb {evaluate(net.float(), flat('val'), np.load('sizes.npy')):.4f}")


if __name__ == "__main__":
    main()
