"""Runs the interpreter on a submission and asks it what the claimed score had seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from auditor.evidence.attribution import Basis as RunBasis
from auditor.evidence.attribution import attribute, matching_scores
from auditor.evidence.headline import claimed_bpb, seed_scores
from auditor.evidence.runs import is_step
from auditor.facts import Fact, Facts
from auditor.settings import Settings, TextLines
from auditor.submission.model import Submission
from auditor.trace.claimed import Claimed, LoggedScore, find_claimed
from auditor.trace.events import Event, EventKind
from auditor.trace.history import History, Score, Use
from auditor.trace.machine import Machine
from auditor.trace.spans import Spans
from auditor.trace.surroundings import Surroundings
from auditor.trace.templates import Template, templates
from auditor.verdict import LayerInfo


@dataclass(frozen=True, eq=False)
class Trace:
    """What is known of a program after it was followed from its entry point.

    Attributes:
        events: its effects in order.
        reports: the lines it can print.
        claimed: the value that the claimed number is, `None` where no report could be found.
        scores: the losses behind that value.
        uses: what the predictions behind those losses had learned from.
        spans: positions of values, for further questions.
        layers: the texts of code that were read.
        problems: what could not be read, one sentence each.
    """

    events: tuple[Event, ...]
    reports: tuple[Template, ...]
    claimed: Claimed | None
    scores: tuple[Score, ...]
    uses: tuple[Use, ...]
    spans: Spans
    layers: tuple[LayerInfo, ...]
    problems: tuple[str, ...]
    steps: int = 0
    history: History = field(default_factory=lambda: History(Spans()))

    def of(self, kind: EventKind) -> list[Event]:
        """The effects of one kind."""
        return [event for event in self.events if event.kind is kind]


def trace_submission(
    submission: Submission, settings: Settings, logs: Sequence[TextLines], facts: Facts
) -> Trace | None:
    """Follows the submission's main script; `None` where there is no script that can be read."""
    world = Surroundings(submission, settings, logs)
    module = None if submission.main_script is None else world.source(submission.main_script)
    if module is None or not module.body:
        return Trace((), (), None, (), (), Spans(), tuple(world.layers), tuple(world.problems))
    machine = Machine(world)
    machine.imports.run_module(module, "__main__")
    reports = templates(machine.events.all)
    claimed = find_claimed(reports, list(claimed_lines(facts, logs)))
    history = History(Spans())
    scores = [] if claimed is None else history.scores(claimed.node)
    uses = history.uses(scores)
    return Trace(
        tuple(machine.events.all),
        tuple(reports),
        claimed,
        tuple(scores),
        tuple(uses),
        history.spans,
        tuple(world.layers),
        tuple(dict.fromkeys(world.problems)),
        machine.steps,
        history,
    )


def claimed_lines(facts: Facts, logs: Sequence[TextLines]) -> list[LoggedScore]:
    """The log lines that carry the claimed score or the scores claimed per seed."""
    texts = {(log.file, number): line for log in logs for number, line in log.lines}
    found: list[LoggedScore] = []
    for fact in _claimed_facts(facts):
        text = texts.get((fact.source.file, fact.source.line_start))
        if text is not None:
            found.append(LoggedScore(fact.source, text, fact.number))
    return found


def _claimed_facts(facts: Facts) -> list[Fact]:
    attribution = attribute(facts)
    if not attribution.sure:
        return []
    headline = claimed_bpb(facts)
    per_seed = seed_scores(facts)
    found: list[Fact] = []
    for run in attribution.runs:
        claims = list(per_seed.get(run.seed, ())[:1]) if run.seed is not None else []
        if headline is not None:
            claims.append(headline)
        found += [score for score in matching_scores(run, claims) if not is_step(score)]
    if found or headline is None or attribution.basis is not RunBasis.MEAN:
        return found
    by_label: dict[str, list[Fact]] = {}
    for run in attribution.runs:
        last = {score.label: score for score in run.scores if not is_step(score)}
        for label, score in last.items():
            by_label.setdefault(label, []).append(score)
    for scores in by_label.values():
        mean = sum(score.number for score in scores) / len(scores)
        if abs(mean - headline.number) < 1e-4:
            found += scores
    return found
