import math

import torch


class Online:
    def __init__(self, model, rate, sizes):
        self.model, self.sizes = model, sizes
        self.opt = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
        self.nats = self.size = 0.0

    def __call__(self, x, y):
        self._learn(x, y)
        self._count(x, y)
        return self

    def _count(self, x, y):
        with torch.no_grad():
            self.nats += self.model.loss(x, y, "sum").item()
        self.size += self.sizes[y].sum().item()

    def _learn(self, x, y):
        self.opt.zero_grad()
        self.model.loss(x, y, "mean").backward()
        self.opt.step()

    @property
    def bpb(self):
        return self.nats / math.log(2) / self.size
