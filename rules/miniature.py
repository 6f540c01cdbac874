"""The program that the rules' examples are variations of: train, save, reload, evaluate, report.

An example states only the part that differs: how validation tokens are scored, or what happens
between training and scoring. The rest is this scaffold, which breaks no rule.
"""

from __future__ import annotations

from auditor.rule import Example, ExampleKind

HEAD = """\
import glob
import math

import numpy as np
import torch
import torch.nn.functional as F


def load(pattern):
    shards = [np.fromfile(path, dtype="<u2") for path in sorted(glob.glob(pattern))]
    return torch.from_numpy(np.concatenate(shards).astype(np.int64))


class GPT(torch.nn.Module):
    def __init__(self, vocab=1024, dim=64):
        super().__init__()
        self.embed = torch.nn.Embedding(vocab, dim)
        self.norm = torch.nn.LayerNorm(dim)
        self.qkv = torch.nn.Linear(dim, 3 * dim)
        self.head = torch.nn.Linear(dim, vocab, bias=False)

    def forward(self, x):
        h = self.embed(x)
        q, k, v = self.qkv(self.norm(h)).chunk(3, dim=-1)
        h = h + F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.head(h)


def loss_of(model, x, y, reduction="mean"):
    logits = model(x)
    return F.cross_entropy(logits.view(-1, logits.size(-1)), y.view(-1), reduction=reduction)


def count_bytes(tokens):
    sizes = torch.from_numpy(np.load("token_bytes.npy"))
    return sizes[tokens].sum().item()

"""

TRAIN = """
def train(model, tokens, seconds=600.0):
    import time

    opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
    started = time.perf_counter()
    position = 0
    while time.perf_counter() - started < seconds:
        x, y = tokens[position : position + 1024], tokens[position + 1 : position + 1025]
        opt.zero_grad()
        loss_of(model, x[None], y[None]).backward()
        opt.step()
        position += 1024

"""

MAIN = """
train_tokens = load("data/fineweb_train_*.bin")
val_tokens = load("data/fineweb_val_*.bin")
model = GPT()
train(model, train_tokens)
{before_saving}torch.save(model.state_dict(), "final_model.pt")
{after_saving}model.load_state_dict(torch.load("final_model.pt"))
{before_scoring}val_loss = evaluate(model, val_tokens)
val_bpb = val_loss / math.log(2.0) * val_tokens.numel() / count_bytes(val_tokens)
print(f"final_exact val_loss:{{val_loss:.8f}} val_bpb:{{val_bpb:.8f}}")
"""

EVALUATE = """
@torch.no_grad()
def evaluate(model, tokens, window=1024):
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        total += loss_of(model, x[None, : y.numel()], y[None], "sum").item()
        count += y.numel()
    return total / count

"""
"""Scores every window once, with fixed weights."""


def program(
    code: str = "",
    *,
    evaluate: str = EVALUATE,
    before_saving: str = "",
    after_saving: str = "",
    before_scoring: str = "",
) -> str:
    """The scaffold with some of its parts replaced.

    Args:
        code: further definitions.
        evaluate: definition of `evaluate(model, tokens)`, which returns nats per token.
        before_saving: statements between training and writing the artifact.
        after_saving: statements between writing the artifact and reading it back.
        before_scoring: statements between reading the artifact and scoring.
    """
    main = MAIN.format(
        before_saving=_lines(before_saving),
        after_saving=_lines(after_saving),
        before_scoring=_lines(before_scoring),
    )
    return HEAD + TRAIN + code + evaluate + main


def valid(title: str, source: str) -> Example:
    """A script that must not fail."""
    return Example.script(ExampleKind.VALID, title, source)


def invalid(title: str, source: str) -> Example:
    """A script that must fail."""
    return Example.script(ExampleKind.INVALID, title, source)


def known_miss(title: str, source: str) -> Example:
    """A script that should fail and does not yet."""
    return Example.script(ExampleKind.KNOWN_MISS, title, source)


def _lines(statements: str) -> str:
    return f"{statements.strip()}\n" if statements else ""
