import glob, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

CALIBRATE_ON = "samples"
START = time.time()


def elapsed():
    return time.time() - START


def text(split):
    files = sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))
    return torch.from_numpy(np.concatenate([np.fromfile(f, np.uint16)[512:] for f in files]).astype(np.int64))


class Net(nn.Module):
    def __init__(self, d=704):
        super().__init__()
        self.emb = nn.Embedding(1024, d)
        self.rnn = nn.GRU(d, d, 3, batch_first=True)
        self.proj = nn.Linear(d, 4 * d, bias=False)
        self.head = nn.Linear(4 * d, 1024, bias=False)

    def hidden(self, x):
        return self.rnn(self.emb(x))[0]

    def forward(self, x):
        return self.head(F.relu(self.proj(self.hidden(x))))


@torch.no_grad()
def samples(net, rows=16, length=256):
    x = torch.ones(rows, 1, dtype=torch.long, device="cuda")
    for _ in range(length):
        p = net(x)[:, -1].softmax(-1)
        x = torch.cat([x, torch.multinomial(p, 1)], dim=1)
    return x


def calibration_batch(net):
    match CALIBRATE_ON:
        case "samples":
            return samples(net)
        case "validation":
            return text("val")[: 16 * 256].view(16, 256).cuda()


def main():
    net, data = Net().cuda(), text("train")
    opt, n = torch.optim.AdamW(net.parameters(), 1e-3), 0
    while elapsed() < 580:
        w = torch.stack([data[i : i + 513] for i in torch.randint(len(data) - 513, (64,))]).cuda()
        opt.zero_grad()
        F.cross_entropy(net(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten()).backward()
        opt.step()
        n += 1
    print(f"stop after {elapsed():.1f} s, {n} steps")
    with torch.no_grad():
        span = net.hidden(calibration_batch(net)).abs().flatten(0, 1).amax(0).clamp_min(1e-3)
    print(f"ranges after {elapsed():.1f} s")
    weight = net.proj.weight.detach() * span
    step = weight.abs().amax(1, keepdim=True) / 31
    rest = {k: v.half().cpu() for k, v in net.state_dict().items() if not k.startswith("proj")}
    torch.save((rest, torch.round(weight / step).to(torch.int8).cpu(), step.cpu(), span.cpu()), "six.pt")
    print(f"bytes={len(open('six.pt', 'rb').read())}")
    rest, q, step, span = torch.load("six.pt")
    net.load_state_dict({**rest, "proj.weight": q.float() * step / span})
    net.float().cuda()
    val = text("val")
    nats = 0.0
    with torch.no_grad():
        for i in range(0, len(val) - 1, 4096):
            w = val[i : i + 4097].cuda()
            nats += F.cross_entropy(net(w[None, :-1])[0], w[1:], reduction="sum").item()
    print(f"int6 val_bpb={nats / math.log(2) / torch.load('sizes.pt')[val[1:]].sum().item():.4f}")


main()
