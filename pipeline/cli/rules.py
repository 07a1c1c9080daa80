"""`callcoach rules`: what the coach goes by, whether a rulebook is sound, and whether its examples are heard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.choices import rulebook_path, say
from pipeline.errors import RulebookError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Books = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE...]", help="Rulebooks; without any, the shipped one.")
]


def _paths(books: list[Path] | None) -> list[Path]:
    return [rulebook_path(book) for book in books or [Path("handbook")]]


@app.command(name="list")
def list_rules(
    books: Books = None,
    texts: Annotated[bool, typer.Option("--texts", help="All texts that people will read, instead.")] = False,
) -> None:
    """The rules of a rulebook, each with the handbook passage it stands on."""
    if texts:
        _print_texts(_paths(books))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from pipeline.coach.rulebook.loading import load_rulebook

    for path in _paths(books):
        book = load_rulebook(path)
        table = Table(
            title=escape(f"{book.id} {book.version}  {book.title}"), title_justify="left", box=None, pad_edge=False
        )
        for title in ("rule", "title", "severity", "use", "weight", "source"):
            table.add_column(title)
        for rule in book.rules:
            source = f"{rule.cite.document}: {rule.cite.quote}"
            cells = (rule.id, rule.title, str(rule.severity), rule.use, str(rule.weight), source)
            table.add_row(*map(escape, cells))
        Console().print(table, highlight=False)
        if book.phases:
            print("phases: " + ", ".join(f"{phase.id} {phase.title}" for phase in book.phases))


def _print_texts(paths: list[Path]) -> None:
    from pipeline.coach.rulebook.loading import load_rulebook
    from pipeline.reports.rule_texts import texts

    for path in paths:
        for line in texts(load_rulebook(path)):
            print(line)


@app.command(name="check")
def check_rulebooks(books: Books = None) -> None:
    """Whether rulebooks can be used; says where one cannot."""
    from pipeline.coach.rulebook.loading import load_rulebook

    good = True
    for path in _paths(books):
        try:
            book = load_rulebook(path)
        except RulebookError as error:
            good = False
            say(str(error))
        else:
            print(f"{path}: {book.id} {book.version}, {len(book.rules)} rules")
    if not good:
        raise typer.Exit(1)


@app.command(name="test")
def try_examples(books: Books = None) -> None:
    """Run the examples of every rule: hits must be heard, near-misses must not."""
    from pipeline.coach.rulebook.examples import run_examples
    from pipeline.coach.rulebook.loading import load_rulebook

    good = True
    for path in _paths(books):
        book = load_rulebook(path)
        failures = run_examples(book)
        count = sum(len(rule.examples.hits) + len(rule.examples.misses) for rule in book.rules)
        for failure in failures:
            good = False
            say(f"{path}: {failure.rule}: {failure.text!r} should be a {failure.wanted}")
        print(f"{path}: {count - len(failures)} of {count} examples are heard as they should")
    if not good:
        raise typer.Exit(1)
