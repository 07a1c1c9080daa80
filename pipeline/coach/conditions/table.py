"""The table of all kinds of conditions. A new kind is one new file of this room and one line here."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from pipeline.coach.conditions import (
    hold_return,
    level,
    overlap,
    phrase_missing_by,
    phrase_said,
    pitch,
    rate,
    silence,
    silent_call,
)
from pipeline.coach.conditions.kind import Kind
from pipeline.coach.wording import Checked

KINDS: tuple[Kind[Any], ...] = (
    phrase_said.KIND,
    phrase_missing_by.KIND,
    silence.KIND,
    silent_call.KIND,
    hold_return.KIND,
    overlap.KIND,
    rate.KIND,
    pitch.KIND,
    level.KIND,
)


class _OneOfTheKinds:
    """Tells pydantic to read a condition by its field `kind`, as the schema of that kind."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schemas: Any = reduce(or_, (kind.schema for kind in KINDS))
        return handler.generate_schema(Annotated[schemas, Field(discriminator="kind")])


Condition = Annotated[Checked, _OneOfTheKinds()]


def kind_of(condition: Checked) -> Kind[Any]:
    """The line of the table for a condition that was read. KeyError when there is none."""
    return {kind.schema: kind for kind in KINDS}[type(condition)]
