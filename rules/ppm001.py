"""PPM001: a byte model may not be mixed in over the bytes of the realised token."""

from __future__ import annotations

from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.explain import departure_findings
from auditor.findings import RuleResult
from auditor.rule import Authority, Family, Rule, Severity, Source
from auditor.trace.distribution import Kind
from rules.miniature import invalid, program, valid

_ID = "PPM001"


def check(case: Case) -> RuleResult:
    """Asks the trace for a score that is put together from the bytes of the token to be scored."""
    answer = Answer.on_trace(_ID, case)
    unread = answer.unread(case)
    if unread is not None:
        return unread
    spelled = [d for d in case.trace.departures if d.kind is Kind.TARGET_BYTES]
    if spelled:
        return answer.fails(
            "The score of a token is put together from the bytes of that very token.",
            departure_findings(case.trace, spelled, "the bytes of the target are read"),
        )
    return answer.passes("No score is put together from the bytes of its target.")


_MIXER = """
class ByteCounts:
    def __init__(self):
        self.counts = {}

    def probability(self, context, byte):
        seen = self.counts.get(context, {})
        return (seen.get(byte, 0) + 1) / (sum(seen.values()) + 256)

    def update(self, context, byte):
        seen = self.counts.setdefault(context, {})
        seen[byte] = seen.get(byte, 0) + 1


def evaluate(model, tokens, window=1024):
    import sentencepiece

    pieces = sentencepiece.SentencePieceProcessor(model_file="tokenizer.model")
    spelled = [pieces.id_to_piece(i).encode() for i in range(1024)]
    bytes_model, context = ByteCounts(), b""
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        with torch.no_grad():
            losses = loss_of(model, x[None, : y.numel()], y[None], "none")
        for loss, target in zip(losses.tolist(), y.tolist()):
            piece = spelled[target]
            share = math.exp(-loss / max(len(piece), 1))
            for byte in piece:
                mixed = 0.5 * share + 0.5 * bytes_model.probability(context, byte)
                total -= math.log(mixed)
                bytes_model.update(context, byte)
                context = (context + bytes([byte]))[-3:]
            count += 1
    return total / count

"""

_BYTE_TOKENS = """
BYTE_OFFSET = 4


@torch.no_grad()
def evaluate(model, tokens, window=1024):
    total, count = 0.0, 0
    for start in range(0, tokens.numel() - 1, window):
        x, y = tokens[start : start + window], tokens[start + 1 : start + window + 1]
        total += loss_of(model, x[None, : y.numel()], y[None], "sum").item()
        count += int((y >= BYTE_OFFSET).sum())
    return total / count

"""

RULE = Rule(
    id=_ID,
    title="No byte mixer over the realised token's bytes",
    family=Family.PPM,
    severity=Severity.INVALID,
    requirement=(
        "Spreading a token's probability over its bytes and mixing each with a byte model's "
        "prediction scores one spelling of one token; summed over all tokens it is no "
        "distribution. A mixture has to be over tokens, or the whole model over bytes."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 5, 2),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/pull/1991",
            "cocohearts: byte mixers of this class are not valid.",
            date(2026, 5, 2),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/1835",
            "valerio-oai asks whether the mixture is a distribution over tokens.",
            date(2026, 4, 28),
        ),
    ),
    fix=(
        "Compute the byte model's probability of every token in the vocabulary, mix over the "
        "vocabulary, and renormalise; or model bytes throughout."
    ),
    check=check,
    examples=(
        valid("a model whose tokens are bytes", program(evaluate=_BYTE_TOKENS)),
        invalid("shares of a token's probability mixed byte by byte", program(evaluate=_MIXER)),
    ),
)
