import torch

TABLE = torch.zeros(1024, 1024)


def observe(previous, following):
    TABLE.index_put_((previous, following), torch.ones(len(previous)), accumulate=True)


def lookup(previous):
    rows = TABLE[previous]
    return rows / rows.sum(-1, keepdim=True).clamp(min=1)


def confidence(previous):
    return 0.3 * (TABLE[previous].sum(-1, keepdim=True) > 10).float()
