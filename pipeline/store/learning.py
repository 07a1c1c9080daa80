"""The table of what is usual for each agent: taught by finished calls, looked up, forgotten."""

from __future__ import annotations

from dataclasses import asdict, replace

from sqlalchemy import Connection, delete, select

from pipeline.codec import event_from_json
from pipeline.events.call import CallEnded, CallStarted, FactsNoted
from pipeline.events.channels import Channel
from pipeline.events.measures import AgentBaseline, PaceMeasured, PitchMeasured
from pipeline.store.baselines import BaselineSettings, CallFigures, merged
from pipeline.store.dialects import upsert, wipe_what_is_deleted
from pipeline.store.schema import baselines, records

_LAST_RECORDS = 32  # before CallEnded: the figures of the whole call, at most four a channel, are among them


def learn(connection: Connection, call_id: str, ended_seq: int, settings: BaselineSettings) -> None:
    """Learn from a call, in the transaction that keeps its CallEnded (record `ended_seq`): so each call teaches once.

    Only a finished call teaches, and only the agent named at its start, if nobody else was named later.
    """
    endings = select(records.c.seq).where(records.c.call_id == call_id, records.c.kind == CallEnded.__name__)
    if connection.execute(endings).scalars().all() != [ended_seq]:
        return
    try:
        agent_id, call = _agent(connection, call_id), _figures(connection, call_id, ended_seq)
    except ValueError:
        return  # a damaged record of this call must not keep it from ending
    if agent_id is None or call is None:
        return
    known = find(connection, agent_id)
    after = merged(known, agent_id, call, settings)
    if after.calls and after != known:
        upsert(connection, baselines, asdict(after), "agent_id")


def _agent(connection: Connection, call_id: str) -> str | None:
    kinds = (CallStarted.__name__, FactsNoted.__name__)
    told = select(records.c.event).where(records.c.call_id == call_id, records.c.kind.in_(kinds))
    events = [event_from_json(text) for text in connection.execute(told).scalars()]
    named = {event.facts.agent_id for event in events if isinstance(event, CallStarted | FactsNoted)}
    return named.pop() if len(named) == 1 else None


def _figures(connection: Connection, call_id: str, ended_seq: int) -> CallFigures | None:
    """From the whole-call events of the agent's channel, which stand just before CallEnded."""
    last = records.c.seq.between(ended_seq - _LAST_RECORDS, ended_seq)
    wanted = select(records.c.event).where(records.c.call_id == call_id, last).order_by(records.c.seq)
    events = [event_from_json(text) for text in connection.execute(wanted).scalars()]
    ended = events[-1]
    if not isinstance(ended, CallEnded) or ended.reason != "finished":
        return None
    figures = CallFigures(None, 0, None, 0)
    for event in events:
        match event:
            case PitchMeasured(at_ms=ended.at_ms, channel=Channel.AGENT, start_ms=0):
                figures = replace(figures, sd_semitones=event.sd_semitones, voiced_ms=event.voiced_ms)
            case PaceMeasured(at_ms=ended.at_ms, channel=Channel.AGENT, start_ms=0, basis="words"):
                figures = replace(figures, speaking_rate=event.speaking_rate, speaking_ms=event.speaking_ms)
    return figures


def find(connection: Connection, agent_id: str) -> AgentBaseline | None:
    row = connection.execute(select(baselines).where(baselines.c.agent_id == agent_id)).one_or_none()
    return AgentBaseline(**row._mapping) if row is not None else None


def find_all(connection: Connection) -> list[AgentBaseline]:
    rows = connection.execute(select(baselines).order_by(baselines.c.agent_id)).all()
    return [AgentBaseline(**row._mapping) for row in rows]


def forget(connection: Connection, agent_id: str) -> bool:
    """False when nothing was known. What is deleted is overwritten, not just unlinked."""
    wipe_what_is_deleted(connection)
    return connection.execute(delete(baselines).where(baselines.c.agent_id == agent_id)).rowcount > 0
