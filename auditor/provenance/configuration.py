"""What metadata and README say of the model, against the code's switches and the first loss."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.evidence.jsontext import JsonText, Leaf
from auditor.findings import Location
from auditor.program import ir
from auditor.program.walk import expressions, walk
from auditor.settings import Setting, SettingSource
from auditor.texts import TextLines

#: Spellings of one switch in metadata and in scripts.
_SAME = (
    frozenset({"num_layers", "n_layers", "n_layer", "layers", "num_blocks"}),
    frozenset({"model_dim", "d_model", "n_embd", "dim", "hidden_size"}),
    frozenset({"num_heads", "n_heads", "n_head"}),
    frozenset({"num_kv_heads", "n_kv_heads", "kv_heads"}),
    frozenset({"vocab_size"}),
    frozenset({"tie_embeddings", "tied_embeddings", "tie_word_embeddings"}),
    frozenset({"xsa_layers", "xsa_last_n"}),
    frozenset({"mlp_hidden"}),
    frozenset({"mlp_mult"}),
    frozenset({"bigram_buckets", "bigram_vocab_size"}),
    frozenset({"ttt_epochs"}),
    frozenset({"ttt_enabled"}),
    frozenset({"eval_stride"}),
    frozenset({"train_seq_len"}),
)
_WORDS = {"true": 1.0, "false": 0.0}
_PARTS = ("architecture", "hyperparameters", "model", "config", "model_config", "training")
_XSA_ALL = re.compile(
    r"xsa[_ -]?(?:attention[_ -])?(?:on[_ -])?all(?:[_ -](?P<count>\d{1,2}))?", re.I
)
_FIRST_LOSS = re.compile(
    r"(?:^|\s)(?:step[:= ]+)?0/\d+ [^\n]*?\bval_loss[:=]\s*(?P<loss>\d{1,2}\.\d{2,8})"
)
#: An untrained model scores the logarithm of its vocabulary, or a little more.
_BELOW, _ABOVE = 0.05, 0.9


@dataclass(frozen=True, slots=True)
class Contradicted:
    """A statement about the model that the code, or a log, contradicts.

    Attributes:
        what: the switch, or what else is stated.
        stated: the stated value.
        found: what the code or the log has instead, in words.
        claim: where it is stated.
        evidence: where the other value stands.
        shown: whether a log or a shipped command shows it; otherwise it is the code's default.
    """

    what: str
    stated: str
    found: str
    claim: Location
    evidence: Location | None
    shown: bool


def contradicted(
    document: JsonText | None,
    file: str,
    settings: Sequence[Setting],
    logs: Sequence[TextLines],
    *,
    commanded: bool,
) -> Iterator[Contradicted]:
    """The statements of a submission's JSON about its model that do not hold.

    Args:
        document: the JSON.
        file: its path.
        settings: the switches that the code reads, with their values in the submitted run.
        logs: the logs of the claimed runs.
        commanded: whether the submission ships the command of its run, so that a switch which the
            command leaves out has its default.
    """
    if document is None:
        return
    known = {name: setting for setting in settings for name in _names(setting.name.lower())}
    for leaf in document.leaves:
        name = _name(leaf)
        if name == "vocab_size" and isinstance(leaf.value, int):
            yield from _first_loss(leaf, file, logs)
        if name is not None and name in known:
            yield from _switch(leaf, name, known[name], file, commanded=commanded)
    yield from _depth(document, file, known, commanded=commanded)


def _names(name: str) -> frozenset[str]:
    return next((group for group in _SAME if name in group), frozenset())


def _name(leaf: Leaf) -> str | None:
    """The switch that a leaf states; only the top level and the parts that describe the model."""
    path = [part for part in leaf.path if isinstance(part, str)]
    if len(path) != len(leaf.path) or not path:
        return None
    if len(path) > 2 or (len(path) == 2 and path[0].lower() not in _PARTS):
        return None
    return path[-1].lower()


def _switch(
    leaf: Leaf, name: str, setting: Setting, file: str, *, commanded: bool
) -> Iterator[Contradicted]:
    stated, real = _number(leaf.value), _number(setting.value)
    shown = setting.source in (SettingSource.LOG, SettingSource.COMMAND)
    if stated is None or real is None or stated == real or setting.source is SettingSource.TITLE:
        return
    if shown or commanded:
        who = {"log": "the log says", "command": "the run command says"}.get(
            setting.source, "the code's default, which no command changes, is"
        )
        claim = Location(file, leaf.line, leaf.line)
        found = f"{who} {setting.value}"
        yield Contradicted(name, f"{leaf.value}", found, claim, setting.where, shown)


def _number(value: object) -> float | None:
    if isinstance(value, bool | int | float):
        return float(value)
    if not isinstance(value, str):
        return None
    word = value.strip().lower()
    try:
        return _WORDS[word] if word in _WORDS else float(word)
    except ValueError:
        return None


def _first_loss(leaf: Leaf, file: str, logs: Sequence[TextLines]) -> Iterator[Contradicted]:
    """The loss before the first step, which is near the logarithm of the vocabulary."""
    if not isinstance(leaf.value, int) or leaf.value < 2:
        return
    expected = math.log(leaf.value)
    for log in logs:
        for number, line in log.lines:
            match = _FIRST_LOSS.search(line[:400])
            if match is None:
                continue
            loss = float(match["loss"])
            if not expected - _BELOW <= loss <= expected + _ABOVE:
                found = (
                    f"an untrained model of that vocabulary scores {expected:.2f} nats per token, "
                    f"and the log starts at {loss:.2f}, that of about {math.exp(loss):,.0f}"
                )
                claim, evidence = (
                    Location(file, leaf.line, leaf.line),
                    Location(log.file, number, number),
                )
                yield Contradicted(
                    "vocab_size", str(leaf.value), found, claim, evidence, shown=True
                )
            return


def _depth(
    document: JsonText, file: str, known: Mapping[str, Setting], *, commanded: bool
) -> Iterator[Contradicted]:
    """`xsa_all_layers` among the techniques, while the switch covers the last few layers only."""
    depth, layers = known.get("xsa_layers"), known.get("num_layers")
    covered = _number(depth.value) if depth else None
    total = _number(layers.value) if layers else None
    if depth is None or covered is None or total is None or covered >= total:
        return
    shown = depth.source in (SettingSource.LOG, SettingSource.COMMAND)
    for leaf in document.leaves:
        if isinstance(leaf.value, str) and _XSA_ALL.search(leaf.value) and (shown or commanded):
            claim = Location(file, leaf.line, leaf.line)
            found = f"the switch covers {covered:g} of {total:g} layers"
            yield Contradicted("XSA depth", "all layers", found, claim, depth.where, shown)
            return


_GATED = re.compile(r"swi[-_ ]?glu", re.IGNORECASE)
_SWISH = frozenset({"silu", "SiLU", "sigmoid", "swish", "swiglu", "SwiGLU", "glu", "tanh"})
_OTHERS = frozenset({"relu", "leaky_relu", "ReLU", "LeakyReLU", "gelu", "GELU", "relu2", "square"})
_FEED_FORWARD = re.compile(r"mlp|feed_?forward|ffn", re.IGNORECASE)


def activation_contradicted(
    document: JsonText | None, file: str, modules: Sequence[ir.Module]
) -> Iterator[Contradicted]:
    """A SwiGLU among the techniques, while every feed-forward class uses another activation.

    Args:
        document: the submission's JSON.
        file: its path.
        modules: the code that was read.
    """
    leaves = document.leaves if document is not None else ()
    claims = [leaf for leaf in leaves if isinstance(leaf.value, str) and _GATED.search(leaf.value)]
    if not claims:
        return
    places = list(_feed_forwards(modules))
    if places and all(used & _OTHERS and not used & _SWISH for _, used in places):
        where, used = places[0]
        claim = Location(file, claims[0].line, claims[0].line)
        found = f"the feed-forward block applies {min(used & _OTHERS)} and no gated unit"
        yield Contradicted("activation", "SwiGLU", found, claim, where, shown=True)


def _feed_forwards(modules: Sequence[ir.Module]) -> Iterator[tuple[Location, frozenset[str]]]:
    """The feed-forward classes of some code, with the names that their bodies use."""
    for module in modules:
        for stmt in module.body:
            if isinstance(stmt, ir.ClassDef) and _FEED_FORWARD.search(stmt.name):
                where = Location(module.file, stmt.line, stmt.last, module.layer)
                used = frozenset(
                    part.name if isinstance(part, ir.Attr) else part.id
                    for expr, _ in walk(stmt.body)
                    for part in expressions(expr)
                    if isinstance(part, ir.Attr | ir.Name)
                )
                yield where, used
