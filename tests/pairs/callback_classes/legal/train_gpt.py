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

class Callback:
    def on_chunk_begin(self, model, x, y):
        pass

    def on_chunk_end(self, model, x, y):
        pass

class Progress(Callback):
    def __init__(self):
        self.done = 0

    def on_chunk_end(self, model, x, y):
        self.done += y.numel()
        if self.done % (T * 1000) == 0:
            print("scored", self.done)

class Learner(Callback):
    def __init__(self, model):
        self.opt = torch.optim.Adam(model.head.parameters(), 1e-4)

    def on_chunk_end(self, model, x, y):
        self.opt.zero_grad()
        loss_of(model, x, y).backward()
        self.opt.step()

def evaluate(model, val, callbacks):
    bits, size = 0.0, 0
    for i in range(0, val.numel() - 1, T):
        y = val[i + 1:i + T + 1][None].cuda()
        x = val[i:i + y.numel()][None].cuda()
        for cb in callbacks:
            cb.on_chunk_begin(model, x, y)
        with torch.no_grad():
            bits += loss_of(model, x, y, "sum").item() / math.log(2)
        size += LENGTH[y.cpu()].sum().item()
        for cb in callbacks:
            cb.on_chunk_end(model, x, y)
    return bits / size

net = RNN().cuda()
fit(net)
net = roundtrip(net)
print(f"val_bpb {evaluate(net, tokens('val'), [Progress(), Learner(net)]):.4f}")
