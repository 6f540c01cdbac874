import torch

from corpus import blocks, load, shards


def learn(model, optimizer, block):
    optimizer.zero_grad(set_to_none=True)
    model.nats(*block).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


def look(model, block):
    with torch.no_grad():
        return model.nats(*block, reduction="sum").item()


def stream(model, sizes, rows=8, length=1024, rate=1e-4):
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)
    nats, nbytes = 0.0, 0
    for path in shards("val"):
        for block in blocks(load(path), rows, length):
            learn(model, optimizer, block)
            nats += look(model, block)
            nbytes += sizes[block[1].cpu()].sum().item()
    return nats, nbytes
