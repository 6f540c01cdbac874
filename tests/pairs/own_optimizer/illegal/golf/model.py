import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    def __init__(self, d=512, depth=8):
        super().__init__()
        self.emb = nn.Embedding(1024, d)
        self.qkv = nn.ModuleList(nn.Linear(d, 3 * d) for _ in range(depth))
        self.ffn = nn.ModuleList(nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d)) for _ in range(depth))

    def forward(self, x):
        h = self.emb(x)
        for a, f in zip(self.qkv, self.ffn):
            q, k, v = (z.unflatten(-1, (8, -1)).transpose(1, 2) for z in a(F.layer_norm(h, h.shape[-1:])).chunk(3, -1))
            h = h + F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).flatten(2)
            h = h + f(F.layer_norm(h, h.shape[-1:]))
        return h @ self.emb.weight.T

    def nll(self, x, y):
        return F.cross_entropy(self(x).transpose(1, 2), y, reduction="none")
