"""DATA002: training and validation share no document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from auditor.answer import Answer
from auditor.case import Case
from auditor.evidence.attribution import attribute
from auditor.evidence.staging import Boundary, preparation_defaults, training_boundaries
from auditor.facts import Fact, Quantity
from auditor.findings import Confidence, Finding, Location, RuleResult
from auditor.rule import Authority, Example, ExampleKind, Family, Rule, Severity, Source
from auditor.texts import TextLines
from auditor.texts.lines import numbered_lines, read_text

_ID = "DATA002"
#: The official exports have up to 195 shards of a hundred million tokens where validation has 62
#: million, and as many more as a tokenizer makes of the text. Other preparations write shards of
#: ten million.
_SHARDS_PER_TOKEN = 195 / 62_021_845
_MANY = 1.5
#: A validation set of this share of the official tokens is the whole of it.
_WHOLE = 0.97
_DOCUMENT_BYTES = 400_000


def check(case: Case) -> RuleResult:
    """Compares where training is said to begin with how much of validation the logs score."""
    answer = Answer(_ID)
    whole = _whole_validation(case)
    if whole is None:
        return answer.not_applicable("No log says that the whole validation text is scored.")
    held_out = case.ruleset.validation.documents
    stated = list(training_boundaries(_documents(case), held_out))
    if stated:
        return answer.fails(
            f"Training is said to begin after {stated[0].documents:,} documents, and all "
            f"{held_out:,} validation documents are scored.",
            [
                *(_boundary(each, held_out) for each in stated),
                _scored(whole),
                *(_default(each) for each in preparation_defaults(_scripts(case), held_out)),
            ],
        )
    own = _own_preparation(case, whole)
    if own is not None:
        return Answer(_ID, Confidence.LOW).needs_ruling(
            f"Training reads {own.number:,.0f} shards, more than the official export has: the data "
            "were prepared anew.",
            [
                Finding(f"{own.number:,.0f} training shards", (own.source,)),
                _scored(whole),
                *(_default(each) for each in preparation_defaults(_scripts(case), held_out)),
            ],
            strict="Such preparations began training after 10,000 documents, which leaves four "
            "fifths of validation among the training data.",
            lenient="The number of shards does not tell where they begin.",
        )
    return Answer(_ID, Confidence.LOW).passes(
        "Nothing says that training begins among the validation documents."
    )


def _whole_validation(case: Case) -> Fact | None:
    """The line of a claimed log that shows the whole validation text."""
    exports = case.ruleset.validation.exports
    for run in attribute(case.facts).runs_with(Quantity.VAL_TOKENS):
        tokens = run.last(Quantity.VAL_TOKENS)
        if tokens and any(_WHOLE <= tokens.number / e.tokens <= 2 - _WHOLE for e in exports):
            return tokens
    return None


def _own_preparation(case: Case, whole: Fact) -> Fact | None:
    runs = attribute(case.facts).runs_with(Quantity.TRAIN_SHARDS)
    shards = [fact for run in runs if (fact := run.last(Quantity.TRAIN_SHARDS)) is not None]
    most = _MANY * _SHARDS_PER_TOKEN * whole.number
    return next((fact for fact in shards if fact.number > most), None)


def _documents(case: Case) -> list[TextLines]:
    found = list(case.texts.documents)
    submission = case.submission
    if submission.metadata is not None:
        text = read_text(submission.snapshot, submission.metadata, _DOCUMENT_BYTES)
        found.append(TextLines(submission.metadata, tuple(numbered_lines(text or ""))))
    return found


def _scripts(case: Case) -> Iterator[TextLines]:
    for path in case.submission.scripts:
        text = read_text(case.submission.snapshot, path, _DOCUMENT_BYTES)
        if text is not None:
            yield TextLines(path, tuple(numbered_lines(text)))


def _default(each: Boundary) -> Finding:
    message = f"the shipped preparation holds out {each.documents:,} documents by default"
    return Finding(message, (each.where,))


def _boundary(each: Boundary, held_out: int) -> Finding:
    message = f"documents from {each.documents:,} on are training data; validation has {held_out:,}"
    return Finding(message, (each.where,))


def _scored(tokens: Fact) -> Finding:
    source = tokens.source
    where = Location(source.file, source.line_start, source.line_end, note="scored in full")
    return Finding(f"{tokens.number:,.0f} validation tokens, the whole text", (where,))


_CLAIM = '{"name": "Example", "github_id": "someone", "val_bpb": 1.1234}'
_FULL = "train_shards: 80\nval_tokens: 47851520\nfinal_exact val_loss:2.4584 val_bpb:1.12340000\n"
_PARTIAL = _FULL.replace("47851520", "9662464")


def _example(kind: ExampleKind, title: str, readme: str, log: str = _FULL) -> Example:
    files = {"README.md": f"# Example\n\n{readme}\n", "train.log": log, "submission.json": _CLAIM}
    return Example(kind, title, files)


RULE = Rule(
    id=_ID,
    title="Training and validation share no document",
    family=Family.DATA,
    severity=Severity.INVALID,
    requirement=(
        "The first 50,000 documents of the frozen list are the validation text, whatever the "
        "tokenizer. Training data that are prepared anew begin after them."
    ),
    authority=Authority.RULING,
    in_force=date(2026, 5, 2),
    sources=(
        Source(
            "https://github.com/openai/parameter-golf/issues/2127",
            "A preparation script whose default holds out 10,000 documents, while validation has "
            "50,000.",
            date(2026, 5, 1),
        ),
        Source(
            "https://github.com/openai/parameter-golf/pull/2018",
            "Left out for training on documents that it is scored on.",
            date(2026, 5, 2),
        ),
    ),
    fix=(
        "Use the official export, or prepare the data with `--val-docs 50000` and say so. A shard "
        "count alone does not show it."
    ),
    check=check,
    examples=(
        _example(
            ExampleKind.VALID,
            "the data were prepared with all validation documents held out",
            "The training shards were made with `--val-docs 50000`.",
        ),
        _example(
            ExampleKind.VALID,
            "an earlier mistake is described",
            "Training data were prepared with `--val-docs=50000`, not `--val-docs=10000`.",
        ),
        _example(
            ExampleKind.VALID,
            "a small validation set beside its own training data",
            "The training shards are those of `--val-docs=10000`.",
            _PARTIAL,
        ),
        _example(
            ExampleKind.INVALID,
            "training begins after 10,000 documents, and all 50,000 are scored",
            "The 80 training shards are those of `val_docs=10000`; the evaluation scores the full "
            "validation set.",
        ),
    ),
)
