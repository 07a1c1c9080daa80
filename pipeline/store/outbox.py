"""At a desk: which calls the centre does not have yet, or not whole."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from pipeline.store.database import Database
from pipeline.store.desk_schema import deliveries, shifts
from pipeline.store.schema import calls


def undelivered(database: Database) -> int:
    """How many calls; those that the centre has refused are not among them, nor those from before the first shift."""
    since = select(func.min(shifts.c.begun_at)).scalar_subquery()
    is_due = or_(deliveries.c.call_id.is_not(None), calls.c.started_at >= since)
    is_whole = (deliveries.c.kept_seq >= calls.c.last_seq) & deliveries.c.has_sound
    is_settled = deliveries.c.refused.is_not(None) | is_whole
    joined = calls.outerjoin(deliveries, deliveries.c.call_id == calls.c.call_id)
    wanted = select(func.count()).select_from(joined).where(is_due, func.coalesce(is_settled, False).is_(False))
    with database.reading() as connection:
        return int(connection.execute(wanted).scalar_one())
