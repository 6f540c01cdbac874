"""Runs the interpreter on a submission and asks it what the claimed score had seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from auditor.facts import Facts
from auditor.findings import TttOrder
from auditor.program import ir
from auditor.settings import Setting, Settings
from auditor.submission.model import Submission
from auditor.texts import Texts
from auditor.trace.artifact import Carried, carried
from auditor.trace.calibration import (
    Deadline,
    LateRead,
    before_artifact,
    deadline,
    late_reads,
    steps_after,
)
from auditor.trace.causality import Leak, leaks
from auditor.trace.claimed import Basis, Claimed, find_claimed, last_values
from auditor.trace.claimlines import claimed_lines, number_lines
from auditor.trace.cone import Cone
from auditor.trace.distribution import Departure, Distribution, Kind
from auditor.trace.documents import Crossing, crossings
from auditor.trace.events import Event, EventKind
from auditor.trace.graph import Node
from auditor.trace.history import History, Mechanism, Score, Use, loops_around
from auditor.trace.library.paths import Stream
from auditor.trace.machine import Machine
from auditor.trace.order import Breach, breaches, label
from auditor.trace.spans import Spans
from auditor.trace.surroundings import Surroundings
from auditor.trace.templates import Template, templates
from auditor.trace.untaught import untaught
from auditor.trace.warmup import warmups
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
        choices: validations during training that chose what went into the artifact.
        found: ways in which a target enters a score other than as an index, and comparisons of
            whole validations.
        layers: the texts of code that were read.
        settings: the switches that the code reads.
        problems: what could not be read, one sentence each.
        steps: expressions evaluated, a measure of the work done.
        cone: the claimed value and all that it was computed from.
        modules: the code that was read.
    """

    events: tuple[Event, ...] = ()
    reports: tuple[Template, ...] = ()
    claimed: Claimed | None = None
    scores: tuple[Score, ...] = ()
    uses: tuple[Use, ...] = ()
    choices: tuple[Use, ...] = ()
    found: tuple[Departure, ...] = ()
    layers: tuple[LayerInfo, ...] = ()
    settings: tuple[Setting, ...] = ()
    problems: tuple[str, ...] = ()
    steps: int = 0
    cone: Cone | None = None
    modules: tuple[ir.Module, ...] = ()

    @cached_property
    def trained_on(self) -> tuple[Use, ...]:
        """What the predictions behind the claimed scores had learned from training tokens."""
        if self.cone is None:
            return ()
        streams = frozenset({Stream.TRAIN, Stream.BOTH})
        return tuple(History(self.cone, streams, ordered=False).uses(self.scores))

    @cached_property
    def departures(self) -> tuple[Departure, ...]:
        """Ways of a target into its score other than as an index."""
        return tuple(d for d in self.found if d not in self.kept_best)

    @cached_property
    def kept_best(self) -> tuple[Departure, ...]:
        """Comparisons of whole validations between steps of training, of which the best is told."""
        compared = [d for d in self.found if d.kind is Kind.ORACLE and d.turns]
        if not compared:
            return ()
        steps = [use.learned for use in self.trained_on if use.mechanism is Mechanism.STEP]
        training = frozenset().union(*map(loops_around, steps))
        return tuple(d for d in compared if d.turns <= training)

    @cached_property
    def deadline(self) -> Deadline | None:
        """The clock that ends training."""
        return deadline(self.events)

    @cached_property
    def last_training_step(self) -> int:
        """Position in the program of the last optimiser step on training tokens."""
        steps = [u.path[-1].seq for u in self.trained_on if u.mechanism is Mechanism.STEP]
        return max(steps, default=0)

    @cached_property
    def late_reads(self) -> tuple[LateRead, ...]:
        """Training tokens that were read after training and reach what is scored."""
        if self.deadline is None:
            return ()
        return tuple(late_reads(self.trained_on, self.deadline, self.events))

    @cached_property
    def late_steps(self) -> tuple[LateRead, ...]:
        """Steps on training tokens that begin when the clock of training has run out."""
        return tuple(steps_after(self.trained_on, self.deadline, self.events))

    @cached_property
    def warmups(self) -> tuple[Event, ...]:
        """Steps on validation tokens before the score that do not reach it."""
        return () if self.cone is None else tuple(warmups(self.events, self.scores, self.cone))

    @cached_property
    def leaks(self) -> tuple[Leak, ...]:
        """The predictions behind the claimed scores that see their target or what follows it."""
        return () if self.cone is None else tuple(leaks(self.scores, Spans(cone=self.cone)))

    @cached_property
    def carried(self) -> tuple[Carried, ...]:
        """The ways in which what training learned reaches the claimed scores."""
        return () if self.cone is None else tuple(carried(self.scores, self.cone))

    @cached_property
    def crossings(self) -> tuple[Crossing, ...]:
        """Shifts that read across documents which the evaluation keeps apart."""
        if self.cone is None:
            return ()
        return tuple(crossings(self.scores, Spans(cone=self.cone), self.cone))

    @property
    def readable(self) -> bool:
        """Whether the losses behind the claimed number were found."""
        return bool(self.scores)

    @property
    def order(self) -> TttOrder:
        """How adaptation and scoring are ordered."""
        return label(self.uses, readable=self.readable or self.untaught)

    @cached_property
    def untaught(self) -> bool:
        """Whether nothing learns from validation tokens, though the claimed score was not found."""
        return not self.readable and not self.problems and untaught(self.events)

    @cached_property
    def breaches(self) -> tuple[Breach, ...]:
        """The uses that came too early."""
        return tuple(breaches(self.uses))

    def of(self, kind: EventKind) -> list[Event]:
        """The effects of one kind."""
        return [event for event in self.events if event.kind is kind]


def trace_submission(submission: Submission, texts: Texts, facts: Facts) -> Trace:
    """Follows the submission's main script; an empty trace where no script can be read."""
    settings = Settings(texts.logs, texts.documents, texts.titles)
    world, machine = _run(submission, texts, settings)
    if world.contradicted:
        settings.disregard(world.contradicted)
        world, machine = _run(submission, texts, settings)
    if machine is None:
        return Trace(layers=tuple(world.layers), problems=tuple(world.problems))
    reports = templates(machine.events.all)
    claimed = find_claimed(reports, claimed_lines(facts, texts), number_lines(facts, texts))
    cone, history, scores = _behind(claimed)
    if not scores and (claimed is None or claimed.basis is Basis.LAST):
        for other in last_values(reports):
            found = _behind(other)
            if found[2]:
                claimed, (cone, history, scores) = other, found
                break
    if claimed is None:
        return _unclaimed(machine, world, settings)
    uses, choices = _sorted_out(history.uses(scores), machine.events.all)
    return Trace(
        events=tuple(machine.events.all),
        reports=tuple(reports),
        claimed=claimed,
        scores=scores,
        uses=uses,
        choices=choices,
        found=tuple(Distribution(history.spans, cone).departures(scores)),
        layers=tuple(world.layers),
        settings=settings.used(),
        problems=tuple(dict.fromkeys(world.problems)),
        steps=machine.steps,
        cone=cone,
        modules=world.modules,
    )


def _sorted_out(
    uses: Iterable[Use], events: Sequence[Event]
) -> tuple[tuple[Use, ...], tuple[Use, ...]]:
    """The uses proper, and what a comparison of validation losses chose during training."""
    known = list(uses)
    choices = [
        use
        for use in known
        if use.mechanism is Mechanism.SELECTION and use.early and before_artifact(use, events)
    ]
    return tuple(use for use in known if use not in choices), tuple(choices)


def _behind(claimed: Claimed | None) -> tuple[Cone, History, tuple[Score, ...]]:
    """The losses behind a value."""
    cone = Cone(Node("nothing") if claimed is None else claimed.node)
    history = History(cone)
    return cone, history, tuple(history.scores())


def _run(
    submission: Submission, texts: Texts, settings: Settings
) -> tuple[Surroundings, Machine | None]:
    """Runs the main script; without a machine where it cannot be read."""
    world = Surroundings(submission, settings, texts.logs)
    module = None if submission.main_script is None else world.source(submission.main_script)
    if module is not None and module.source and not module.body:
        world.problems.append(f"{module.file} holds no statement that does anything")
    if module is None or not module.body:
        return world, None
    machine = Machine(world)
    machine.imports.run_module(module, "__main__")
    return world, machine


def _unclaimed(machine: Machine, world: Surroundings, settings: Settings) -> Trace:
    """What is known where no report of a score was found."""
    return Trace(
        events=tuple(machine.events.all),
        reports=tuple(templates(machine.events.all)),
        layers=tuple(world.layers),
        settings=settings.used(),
        problems=tuple(dict.fromkeys(world.problems)),
        steps=machine.steps,
        modules=world.modules,
    )
