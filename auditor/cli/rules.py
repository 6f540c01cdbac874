"""`auditor rules`: what is checked, on whose word, and how well each rule is covered."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.cli.output import CannotAudit, registry
from auditor.cli.tables import table_console
from auditor.coverage import coverage
from auditor.rule import ExampleKind, Rule

_WORDS = ("id", "check", "about")

EPILOG = """
[bold]Examples[/bold]

  auditor rules               the list

  auditor rules TTT001        one rule: requirement, sources, fix, examples

  auditor rules --coverage    which rules of the rulebook have a check, examples, fixtures
"""


def command(
    rule_id: Annotated[
        str | None, typer.Argument(help="A rule to explain.", show_default=False)
    ] = None,
    *,
    coverage_: Annotated[
        bool, typer.Option("--coverage", help="Show what is checked of the written rulebook.")
    ] = False,
) -> None:
    """List the rules, or explain one."""
    console = table_console()
    if coverage_:
        console.print(_coverage())
    elif rule_id is None:
        console.print(_list())
    else:
        rule = registry().get(rule_id.upper())
        if rule is None:
            raise CannotAudit(f"there is no rule {rule_id}; `auditor rules` lists them")
        _explain(console, rule)


def _list() -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("rule", "since", "authority", "requirement"):
        table.add_column(heading, no_wrap=heading != "requirement")
    for rule in registry().values():
        table.add_row(rule.id, str(rule.in_force), rule.authority.value, rule.title)
    return table


def _explain(console: Console, rule: Rule) -> None:
    console.print(Text.assemble((rule.id, "bold"), f"  {rule.title}"))
    console.print(
        f"since {rule.in_force}, {rule.authority.value}; a failure means: {rule.severity.value}",
        style="dim",
    )
    for heading, text in (("Requires", rule.requirement), ("Fix", rule.fix)):
        console.print(Text.assemble(("\n" + heading + "\n", "bold"), text))
    console.print(Text("\nSources", style="bold"))
    for source in rule.sources:
        said = f"{source.on}: " if source.on else ""
        console.print(Text(f"- {said}{source.says}\n  {source.url}"), soft_wrap=True)
    console.print(Text("\nExamples", style="bold"))
    for example in rule.examples:
        word = "known miss" if example.kind is ExampleKind.KNOWN_MISS else example.kind.value
        console.print(f"- {word}: {example.title}")


def _coverage() -> Table:
    rows = list(coverage())
    checked = sum(row.checked for row in rows)
    table = Table(box=None, pad_edge=False, caption_justify="left")
    table.caption = (
        f"{checked} of {len(rows)} rules have a check.\n"
        "valid, invalid, known misses: examples beside the rule. fixtures: miniature pull requests "
        "that break it or leave it to a ruling; twins: their legal neighbours."
    )
    headings = ("id", "check", "valid", "invalid", "known misses", "fixtures", "twins", "about")
    for heading in headings:
        justify: Literal["left", "right"] = "left" if heading in _WORDS else "right"
        table.add_column(heading, justify=justify)
    for row in rows:
        examples = (row.valid, row.invalid, row.known_misses, row.fixtures, row.neighbours)
        table.add_row(
            row.id,
            "yes" if row.checked else "none meant" if row.reason else "not yet",
            *(str(number) if row.checked else "-" for number in examples),
            f"{row.title} ({row.reason})" if row.reason else row.title,
        )
    return table
