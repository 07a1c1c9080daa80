"""`callcoach rules`: what the coach goes by, whether a rulebook is sound, and whether its examples are heard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.choices import rulebook_path, say
from pipeline.cli.flags import Config, Data
from pipeline.documents import shown
from pipeline.errors import RulebookError, SettingsError

if TYPE_CHECKING:
    from pipeline.coach.rulebook.schema import Rulebook
    from pipeline.reviews.agreement import RuleAgreement

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


@app.command()
def agreement(
    team: Annotated[str | None, typer.Option(help="Id or name of a team; without it, all.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Of calls from this day on: 2026-11-22.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Of calls before this day.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE|-", help="Write a table instead.")] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """How often people agree with each rule: by this its worth is judged. Those with most disagreement first."""
    from pipeline.cli.people import House
    from pipeline.people.person import Within
    from pipeline.session.reviewing import Reviewing
    from pipeline.store.reviews import SqlReviews
    from pipeline.store.sql import SqlStore

    house = House.open(config)
    store = SqlStore(house.database)
    reviewing = Reviewing(SqlReviews(house.database), store, house.team_settings, house.audit)
    within = Within(teams=(house.team(team).id,)) if team is not None else None
    found = reviewing.agreement(within, _day("--since", since), _day("--until", until))
    if csv is not None:
        _write_agreement(found, csv)
    elif not found:
        print("nobody has judged a call yet: there is nothing to agree with")
    else:
        _print_agreement(found)


def _day(flag: str, given: str | None) -> float | None:
    """Seconds since 1970 at the beginning of a day here."""
    from datetime import datetime

    if given is None:
        return None
    try:
        return datetime.strptime(given, "%Y-%m-%d").timestamp()
    except ValueError:
        raise SettingsError(f"{flag} is {shown(given)}; it must be a day like 2026-11-22") from None


def _write_agreement(found: list[RuleAgreement], target: Path) -> None:
    from pipeline.reports.agreement_table import agreement_csv

    text = agreement_csv(found)
    if str(target) == "-":
        print(text, end="")
        return
    try:
        target.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise SettingsError(f"{target} cannot be written: {error.strerror}") from error


def _print_agreement(found: list[RuleAgreement]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from pipeline.reports.agreement_table import FEW

    table = Table(box=None, pad_edge=False)
    table.add_column("rule", no_wrap=True)
    for title in ("judged", "agreed", "false", "missed", "other", "conf.", "dism.", "no use", "share"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("title", overflow="ellipsis", no_wrap=True)
    for one in found:
        share = "-" if one.share is None else f"{one.share:.0%}{'?' if one.judged < FEW else ''}"
        figures = (
            one.judged, one.agreed, one.false_faults, one.missed_faults, one.otherwise, one.confirmed, one.dismissed,
            one.of_no_use,
        )  # fmt: skip
        table.add_row(escape(one.rule), *map(str, figures), share, escape(one.title))
    Console().print(table, highlight=False)
    print(f"? of fewer than {FEW} judged items; what each column counts: docs/reviews.md")


@app.command(name="play")
def play_dialogues(
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="Written dialogues: who says what, and when.")],
    rules: Annotated[Path, typer.Option("--rules", metavar="FILE", help="Another rulebook.")] = Path("handbook"),
    json_file: Annotated[
        str, typer.Option("--json", metavar="FILE|-", help="One JSON object a dialogue; - is the terminal.")
    ] = "",
) -> None:
    """What the coach makes of written dialogues, by the code of a live call from turn-taking on."""
    from pipeline.cli.output import Results, check_targets
    from pipeline.coach.rulebook.loading import load_rulebook
    from pipeline.dialogues.hearing import unused_lines
    from pipeline.dialogues.outcome import outcome
    from pipeline.dialogues.playing import play
    from pipeline.dialogues.reading import Dialogue, read_dialogues

    check_targets(json_file or None, (), [file, rules], "rules play", "id")
    book, dialogues = load_rulebook(rulebook_path(rules)), read_dialogues(file, Dialogue)
    results = Results(json_file) if json_file else None
    for dialogue in dialogues:
        if unused := [*dialogue.unused_facts, *(f"“{line.text}”" for line in unused_lines(dialogue))]:
            say(f"{file}: {dialogue.id}: not used yet: {', '.join(unused)}")
        came = outcome(dialogue.id, book, play(dialogue, book))
        if results is not None:
            results.write(came)
        if json_file != "-":
            _print_outcome(came, dialogue.title, book)
    if results is not None:
        results.close()
        if results.failed:
            raise typer.Exit(1)


def _print_outcome(came: dict[str, Any], title: str, book: Rulebook) -> None:
    print(f"{came['id']}  {title}".rstrip())
    said = [(script["at_ms"], f"第{script['step']}步", script["text"]) for script in came["scripts"]]
    said += [(hint["at_ms"], book.rule(hint["rule"]).title, hint["text"]) for hint in came["hints"]]
    for at_ms, what, text in sorted(said):
        print(f"  {at_ms / 1000:7.2f} s  {what}  {text}")
    for fault in came["faults"]:
        print(f"  故障  {fault}")
    verdicts = {"missed": "未达", "to_confirm": "待确认", "met": "达标"}
    for verdict, name in verdicts.items():
        if titles := [book.rule(item["rule"]).title for item in came["items"] if item["verdict"] == verdict]:
            print(f"  {name}  {'、'.join(titles)}")


def _print_texts(paths: list[Path]) -> None:
    from pipeline.coach.rulebook.loading import load_rulebook
    from pipeline.reports.rule_texts import texts

    for path in paths:
        for line in texts(load_rulebook(path)):
            print(line)


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
