import math, os, sys, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

ROOT = os.path.join("data", "datasets", "fineweb10B_sp1024")


def is_wanted(name):
    return name.endswith(".bin") and "train" in name


def shard_paths():
    return [os.path.join(ROOT, name) for name in sorted(os.listdir(ROOT)) if is_wanted(name)]


def read_tokens(path):
    with open(path, "rb") as fh:
        raw = fh.read()
    return torch.frombuffer(bytearray(raw[1024:]), dtype=torch.uint16).long()


class Tied(nn.Module):
    def __init__(self, d=768):
        super().__init__()
        self.emb = nn.Embedding(1024, d)
        self.lstm = nn.LSTM(d, d, num_layers=2, batch_first=True)

    def forward(self, x):
        return F.linear(self.lstm(self.emb(x))[0], self.emb.weight)


def train(model):
    paths = shard_paths()
    print("shards:", len(paths))
    opt, started, steps = torch.optim.AdamW(model.parameters(), 1e-3), time.monotonic(), 0
    while True:
        for path in paths:
            tokens = read_tokens(path)
            for chunk in tokens[: len(tokens) // 65600 * 65600].view(-1, 64, 1025):
                chunk = chunk.cuda()
                loss = F.cross_entropy(model(chunk[:, :-1]).flatten(0, 1), chunk[:, 1:].flatten())
                opt.zero_grad()
                loss.backward()
                opt.step()
                steps += 1
                if time.monotonic() - started > 595:
                    print(steps, "steps")
                    return


def validate(model, lut):
    nats, tokens, size = 0.0, 0, 0
    stream = read_tokens(os.path.join(ROOT, "fineweb_val_000000.bin"))
    with torch.inference_mode():
        for i in range(0, len(stream) - 1, 1024):
            part = stream[i : i + 1025].cuda()
            nats += F.cross_entropy(model(part[None, :-1])[0], part[1:], reduction="sum").item()
            tokens += len(part) - 1
            size += lut[part[1:].cpu()].sum().item()
    return nats / tokens, nats / math.log(2) / size


def main():
    model = Tied().cuda()
    train(model)
    torch.save(model.half().state_dict(), "tied.pt")
    model.load_state_dict(torch.load("tied.pt"))
    loss, bpb = validate(model.float(), torch.load("lut.pt"))
    sys.stdout.write(f"val_loss:{loss:.4f} val_bpb:{bpb:.4f}\n")


main()
