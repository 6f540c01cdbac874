import glob, math, time
import numpy as np
import sentencepiece as spm
import torch
import torch.nn as nn
import torch.nn.functional as F

ORDER = 4


class BytePPM:
    def __init__(self, order=ORDER):
        self.order = order
        self.nodes = {}

    def prob(self, history, byte):
        p, escape = 0.0, 1.0
        for n in range(min(self.order, len(history)), -1, -1):
            node = self.nodes.get(bytes(history[len(history) - n :]))
            if not node:
                continue
            total = sum(node.values())
            p += escape * node.get(byte, 0) / (total + len(node))
            escape *= len(node) / (total + len(node))
        return p + escape / 256

    def update(self, history, byte):
        for n in range(min(self.order, len(history)) + 1):
            node = self.nodes.setdefault(bytes(history[len(history) - n :]), {})
            node[byte] = node.get(byte, 0) + 1


class RNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.r, self.o = nn.Embedding(1024, 800), nn.LSTM(800, 800, 2, batch_first=True), nn.Linear(800, 1024)

    def forward(self, x):
        return self.o(self.r(self.e(x))[0])


def load(split):
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))]).astype(np.int64))


def token_losses(model, val):
    out = []
    with torch.no_grad():
        for i in range(0, len(val) - 1, 1024):
            w = val[i : i + 1025].cuda()
            out.append(F.cross_entropy(model(w[None, :-1])[0], w[1:], reduction="none").cpu())
    return torch.cat(out)


def byte_pass(losses, val, sp, weight=0.3):
    ppm, history = BytePPM(), bytearray()
    alone = mixed = 0.0
    count = 0
    for token, loss in zip(val[1:].tolist(), losses.tolist()):
        text = sp.id_to_piece(token).replace("\u2581", " ").encode()
        share = math.exp(-loss / max(len(text), 1))
        for b in text:
            p = ppm.prob(history, b)
            alone -= math.log2(p)
            mixed -= math.log2(weight * p + (1 - weight) * share)
            ppm.update(history, b)
            history.append(b)
            del history[:-ORDER]
        count += len(text)
    return alone / count, mixed / count, count


def main():
    data, model = load("train"), RNN().cuda()
    opt, t = torch.optim.Adam(model.parameters(), 1e-3), time.time()
    while time.time() - t < 590:
        k = torch.randint(len(data) - 513, (64,))
        w = torch.stack([data[j : j + 513] for j in k]).cuda()
        opt.zero_grad()
        F.cross_entropy(model(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten()).backward()
        opt.step()
    print("train ok")
    torch.save(model.half().state_dict(), "rnn.pt")
    print("bytes:", len(open("rnn.pt", "rb").read()))
    model.load_state_dict(torch.load("rnn.pt"))
    model.float()
    val = load("val")
    losses = token_losses(model, val)
    sp = spm.SentencePieceProcessor(model_file="data/tokenizers/fineweb_1024_bpe.model")
    alone, mixed, count = byte_pass(losses, val, sp)
    print("ppm alone %.4f" % alone)
    print("val_bpb %.4f" % (losses.double().sum().item() / math.log(2) / count))


main()
