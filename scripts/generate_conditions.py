"""Writes docs/conditions.md from the table of conditions: what each kind hears, its fields and its worked examples.

python -m scripts.generate_conditions            write the file
python -m scripts.generate_conditions --check    exit 1 when the file is not what would be written
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.coach.conditions.evaluator import Cause
from pipeline.coach.conditions.kind import Kind
from pipeline.coach.conditions.table import KINDS
from pipeline.quantities import DAY_MS
from scripts.generated import keep

TARGET = Path(__file__).parents[1] / "docs" / "conditions.md"
HEAD = """\
# Kinds of conditions

What `when` of a rule may be, by its `kind`. Times in ms. A *wording* is `{pattern: ..., phrases: [...]}`: a regular
expression on text without punctuation, and phrases that are found by sound too. Texts with a default are what the coach
notes about a rule; a rule may word them otherwise.

Generated from `pipeline/coach/conditions/` by scripts/generate_conditions.py. Do not edit: run `make types`.
"""


def main() -> int:
    return keep({TARGET: page()}, __doc__)


def page() -> str:
    return "\n".join([HEAD, *(line for kind in KINDS for line in _section(kind))])


def _section(kind: Kind[Any]) -> Iterator[str]:
    yield f"## `{kind.name}`\n"
    yield f"{inspect.getdoc(kind.schema)}\n"
    if kind.figures:
        yield f"`speak`, `do` and `why` may hold {', '.join(f'`{{{name}}}`' for name in kind.figures)}.\n"
    schema = kind.schema.model_json_schema()
    fields = {name: field for name, field in schema["properties"].items() if name != "kind"}
    if fields:
        yield "| field | what it may be | default |"
        yield "|---|---|---|"
        for name, field in fields.items():
            yield f"| `{name}` | {_told(field, schema)} | {_default(name, field, schema)} |"
        yield ""
    for name, part in schema.get("$defs", {}).items():
        if name != "Wording" and "properties" in part:
            inner = (f"`{field}` {_told(hint, schema)}" for field, hint in part["properties"].items())
            yield f"A *{name.lower()}* is {{{', '.join(inner)}}}. {part.get('description', '')}\n"
    hits = [worked.title for worked in kind.examples if Cause in worked.signals]
    misses = [worked.title for worked in kind.examples if Cause not in worked.signals]
    if hits:
        yield f"Speaks: {'; '.join(hits)}. Does not: {'; '.join(misses)}.\n"


def _told(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """A field of a JSON schema in words."""
    if "anyOf" in field:
        return " or ".join(_told(part, schema) for part in field["anyOf"] if part.get("type") != "null")
    if "$ref" in field:
        name = field["$ref"].rsplit("/")[-1]
        part = schema["$defs"][name]
        return _told(part, schema) if "enum" in part else f"*{name.lower()}*"
    if "enum" in field or "const" in field:
        return ", ".join(field.get("enum", [field.get("const")]))
    if "prefixItems" in field:
        return f"{len(field['prefixItems'])} of {_told(field['prefixItems'][0], schema)}"
    if field["type"] == "array":
        return f"list of {_told(field['items'], schema)}"
    low, high = field.get("minimum", field.get("exclusiveMinimum")), field.get("maximum", field.get("exclusiveMaximum"))
    kind = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}[field["type"]]
    if low is None or high is None:
        return kind
    return f"{kind}, from {low}" if high >= DAY_MS else f"{kind}, {low} to {high}"


def _default(name: str, field: dict[str, Any], schema: dict[str, Any]) -> str:
    if name in schema.get("required", ()):
        return "must be given"
    default = field.get("default")
    if default in (None, [], {"pattern": None, "phrases": []}):
        return "none"
    return f"`{json.dumps(default, ensure_ascii=False)}`" if not isinstance(default, str) else f"`{default}`"


if __name__ == "__main__":
    sys.exit(main())
