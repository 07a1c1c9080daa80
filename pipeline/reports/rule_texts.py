"""Every text of a rulebook that a person will read, for one reading aloud before it is used."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import AfterValidator

from pipeline.coach.rulebook.schema import Rule, Rulebook
from pipeline.coach.wording import Checked


def texts(book: Rulebook) -> Iterator[str]:
    """Lines to print. Words to say stand in 「」, orders without; placeholders as they are written."""
    yield f"{book.id} {book.version}  {book.title}"
    yield f"  阶段  {'、'.join(phase.title for phase in book.phases)}"
    yield f"  分组  {'、'.join(book.groups)}"
    yield from _noted(book.score)
    if script := book.scripts.silent_call:
        yield "无声电话"
        for number, step in enumerate(script.steps, 1):
            yield f"  第{number}步  「{step.say}」"
        yield f"  最后  {script.end}"
        yield from _noted(script, leave_out={"end"})
    for rule in book.rules:
        yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"{rule.title}  ({rule.id})"
    yield f"  {'说' if rule.form == 'speak' else '做'}  {shown(rule)}"
    yield f"  因为  {rule.why}"
    yield f"  消失  {rule.clears_when}"
    yield from _noted(rule.when)
    if rule.en:
        yield "  English  " + " | ".join(filter(None, (rule.en.title, rule.en.do, rule.en.why, rule.en.clears_when)))


def shown(rule: Rule) -> str:
    """The hint as the page shows it: words to say in 「」."""
    return f"「{rule.say}」" if rule.form == "speak" else rule.say


def _noted(part: Checked, leave_out: set[str] | None = None) -> Iterator[str]:
    """The texts that are noted: what was seen, and that it was mended. What is listened for is none of them."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        is_text = any(isinstance(check, AfterValidator) for check in field.metadata) and name != "pattern"
        if is_text and value and name not in (leave_out or set()):
            yield f"  {name}  {value}"
        elif isinstance(value, tuple):
            for inner in value:
                if isinstance(inner, Checked) and isinstance(words := getattr(inner, "speak", None), str):
                    yield f"  {getattr(inner, 'name', name)}  「{words}」"
