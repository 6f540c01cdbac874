import glob, json, math, time
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

PLAN = ["take", "score", "adapt"]


def report(**facts):
    print(json.dumps(facts), flush=True)


class Net(nn.Module):
    def __init__(self, d=512):
        super().__init__()
        self.e = nn.Embedding(1024, d)
        self.l = nn.ModuleList(nn.GRU(d, d, batch_first=True) for _ in range(6))

    def forward(self, x):
        h = self.e(x)
        for l in self.l:
            h = h + l(h)[0]
        return F.linear(h, self.e.weight)


def tokens(split):
    return torch.cat([torch.from_numpy(np.fromfile(f, np.uint16)[512:].astype(np.int64)) for f in sorted(glob.glob(f"data/datasets/fineweb10B_sp1024/fineweb_{split}_*.bin"))])


def take(s):
    s["chunk"] = s["stream"][s["at"] : s["at"] + 4097].cuda()
    s["at"] += 4096


def score(s):
    c = s["chunk"]
    with torch.no_grad():
        s["nats"] += F.cross_entropy(s["net"](c[None, :-1])[0], c[1:], reduction="sum").item()


def adapt(s):
    c = s["chunk"]
    s["opt"].zero_grad()
    F.cross_entropy(s["net"](c[None, :-1])[0], c[1:]).backward()
    s["opt"].step()


STEPS = {"take": take, "score": score, "adapt": adapt}


def main():
    net, data = Net().cuda(), tokens("train")
    opt = torch.optim.AdamW(net.parameters(), 1e-3)
    t0, n = time.time(), 0
    while time.time() - t0 < 593:
        w = torch.stack([data[i : i + 1025] for i in torch.randint(len(data) - 1025, (40,))]).cuda()
        loss = F.cross_entropy(net(w[:, :-1]).flatten(0, 1), w[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        n += 1
    report(phase="train", loss=round(loss.item(), 4), steps=n)
    torch.save(net.half().state_dict(), "n.pt")
    report(phase="save", bytes=len(open("n.pt", "rb").read()))
    net.load_state_dict(torch.load("n.pt"))
    net.float()
    state = dict(stream=tokens("val"), at=0, nats=0.0, net=net, opt=torch.optim.SGD(net.parameters(), 0.003))
    while state["at"] < len(state["stream"]) - 1:
        for name in PLAN:
            STEPS[name](state)
    report(phase="eval", val_bpb=round(state["nats"] / math.log(2) / torch.load("sizes.pt")[state["stream"][1:]].sum().item(), 4))


main()
