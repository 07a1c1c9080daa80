"""`callcoach rules`: what the coach goes by, whether a rulebook is sound, and whether its examples are heard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.choices import rulebook_path, say
from pipeline.documents import shown
from pipeline.errors import RulebookError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

Books = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE...]", help="Rulebooks; without any, the shipped one.")
]


def _paths(books: list[Path] | None) -> list[Path]:
    return [rulebook_path(book) for book in books or [Path("handbook")]]


@app.command(name="list")
def list_rules(books: Books = None) -> None:
    """The rules of a rulebook, each with the handbook passage it stands on."""
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


@app.command(name="check")
def check_rulebooks(books: Books = None) -> None:
    """Whether rulebooks can be used; says where one cannot, and which pattern would take too long in a call."""
    from pipeline.coach.rulebook.loading import load_rulebook
    from pipeline.coach.rulebook.slowness import slow_patterns

    good = True
    for path in _paths(books):
        try:
            book = load_rulebook(path)
        except RulebookError as error:
            good = False
            say(str(error))
            continue
        slow = slow_patterns(book)
        for found in slow:
            field = ".".join(map(str, found.where))
            told = f"{shown(found.pattern)} takes too long on {shown(found.text)}"
            say(f"{path}: {field}: {told}; wanted: fewer repeats and choices inside one another")
        if slow:
            good = False
        else:
            print(f"{path}: {book.id} {book.version}, {len(book.rules)} rules")
    if not good:
        raise typer.Exit(1)


@app.command(name="test")
def try_examples(books: Books = None) -> None:
    """Run the examples of every act and rule: hits must be heard, near-misses must not."""
    from pipeline.coach.rulebook.examples import run_examples
    from pipeline.coach.rulebook.loading import load_rulebook

    good = True
    for path in _paths(books):
        book = load_rulebook(path)
        failures = run_examples(book)
        examples = [part.examples for part in book.acts] + [part.examples for part in book.rules]
        count = sum(len(texts.hits) + len(texts.misses) for texts in examples)
        for failure in failures:
            good = False
            say(f"{path}: {failure.id}: {failure.text!r} should be a {failure.wanted}")
        print(f"{path}: {count - len(failures)} of {count} examples are heard as they should")
    if not good:
        raise typer.Exit(1)
