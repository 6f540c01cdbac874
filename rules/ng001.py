"""NG001: no cache whose key mixes in the token to be scored."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import departure_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.distribution import Kind
from rules.miniature import invalid, program, valid

_ID = "NG001"


def check(case: Case) -> RuleResult:
    """Asks the trace for tables that are read under a key made with the realised target."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    keyed = [d for d in case.trace.departures if d.kind is Kind.HASHED_KEY]
    if keyed:
        return answer.fails(
            "A table is read under a key that mixes in the token to be scored, so that the "
            "probabilities of all tokens need not add up to one.",
            departure_findings(case.trace, keyed, "looked up under a key made with the target"),
        )
    return answer.passes("No counted score looks a value up under a key made with its target.")


_TABLE = """
def evaluate(model, tokens, window=1024, buckets=1 << 20):
    seen = np.zeros(buckets, dtype=np.int64)
    both = np.zeros(buckets, dtype=np.int64)
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        x = x[: y.numel()]
        with torch.no_grad():
            p = torch.exp(-loss_of(model, x[None], y[None], "none")).numpy()
        before, target = x.numpy(), y.numpy()
        context = (before * 36313) % buckets
        key = {key} % buckets
        counted = both[key] / np.maximum(seen[context], 1)
        mixed = np.where(seen[context] > 2, 0.6 * p + 0.4 * counted, p)
        total += -np.log(mixed).sum()
        count += len(target)
        np.add.at(seen, context, 1)
        np.add.at(both, key, 1)
    return total / count

"""

_INPUT_HASH = """
class Bigram(torch.nn.Module):
    def __init__(self, buckets=4096, dim=64):
        super().__init__()
        self.buckets = buckets
        self.table = torch.nn.Embedding(buckets, dim)

    def forward(self, x):
        previous = F.pad(x, (1, 0))[:, :-1]
        return self.table((x * 36313 ^ previous * 27191) % self.buckets)


class Hashed(GPT):
    def __init__(self):
        super().__init__()
        self.bigram = Bigram()

    def forward(self, x):
        h = self.embed(x) + self.bigram(x)
        q, k, v = self.qkv(self.norm(h)).chunk(3, dim=-1)
        return self.head(h + F.scaled_dot_product_attention(q, k, v, is_causal=True))


GPT = Hashed
"""

MIXER = """
class Mixer:
    def __init__(self, vocab, rows=4096, experts=3):
        self.pairs = torch.zeros(vocab, vocab)
        self.rows = torch.zeros(rows, vocab)
        self.vocab, self.buckets = vocab, rows
        self.weights = torch.zeros(experts)

    def losses(self, logits, x, y):
        logp = F.log_softmax(logits, dim=-1)
        pairs = (self.pairs + 0.1) / (self.pairs + 0.1).sum(1, keepdim=True)
        before = F.pad(x, (1, 0))[:-1]
        row = ((before * 36313) ^ (x * 27191)) % self.buckets
        rows = (self.rows + 0.1) / (self.rows + 0.1).sum(1, keepdim=True)
        terms = [-logp.gather(1, y[:, None])[:, 0], -pairs[x, y].log(), -rows[row, y].log()]
        return torch.stack(terms, dim=-1)

    def mix(self, losses):
        return -torch.logsumexp(self.weights.log_softmax(0) - losses, dim=-1)

    def learn(self, losses, tokens):
        self.weights -= 0.1 * losses.mean(0)
        at = tokens[:-1] * self.vocab + tokens[1:]
        self.pairs.view(-1).scatter_add_(0, at, torch.ones(at.numel()))
        row = ((tokens[:-2] * 36313) ^ (tokens[1:-1] * 27191)) % self.buckets
        self.rows.view(-1).scatter_add_(0, row * self.vocab + tokens[2:], torch.ones(row.numel()))


def evaluate(model, tokens, window=1024):
    mixer = Mixer(int(tokens.max().item()) + 1)
    total, count = 0.0, 0
    with torch.no_grad():
        for start in range(0, tokens.numel() - 1, window):
            x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
            x = x[: y.numel()]
            losses = mixer.losses(model(x[None])[0], x, y)
            total += mixer.mix(losses).sum().item()
            count += y.numel()
            mixer.learn(losses, tokens[start : start + window + 1])
    return total / count

"""

RULE = Rule(
    id=_ID,
    title="No hashed n-gram cache keyed by the target",
    family=Family.NG,
    severity=Severity.INVALID,
    requirement=(
        "A cache must yield a distribution over all tokens that is fixed before the target is "
        "known. Looking up only the target's count under a hash of context and target is none: "
        "collisions alone let the probabilities sum to hundreds."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 3, 27),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/issues/677",
            "valerio-oai: hashed n-gram caches do not give a normalised distribution.",
            date(2026, 3, 27),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/886",
            "Measures probability sums of about 277 to 410.",
        ),
    ),
    fix=(
        "Count exactly and normalise over the whole vocabulary, or use the cache only to suggest "
        "a token from the prefix and renormalise the model's distribution around it."
    ),
    check=check,
    examples=(
        valid("no cache", program()),
        valid("hashes of tokens on the input side of the model", program(_INPUT_HASH)),
        valid("rows of counts under a hash of the context alone", program(evaluate=MIXER)),
        invalid(
            "a count table keyed by context and target",
            program(evaluate=_TABLE.replace("{key}", "(context ^ (target * 27191))")),
        ),
    ),
)
