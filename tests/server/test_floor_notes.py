"""What the agent's page and a team lead tell each other in a call of this process."""

from __future__ import annotations

import pytest

from pipeline.errors import CallOver, MailboxFull
from pipeline.events.help import (
    HelpAsked,
    HelpClosed,
    HelpReceived,
    HelpTaken,
    ListenEnded,
    ListenStarted,
    WhisperSeen,
    WhisperSent,
)
from pipeline.ports import SLICE_MS, HelpMessage, SeenMessage
from pipeline.session.floor_notes import WAITING
from pipeline.session.mailbox import LocalMailbox


def test_help_is_asked_for_once_and_answered_while_it_is_wanted() -> None:
    mailbox = LocalMailbox()
    mailbox.put_floor(HelpTaken(0, "王敏"))  # nobody has asked
    for _ in range(20):
        mailbox.put(HelpMessage("help"), actor="a")
        mailbox.put_floor(HelpReceived(5_000, ("王敏", "刘洋")))
    mailbox.put(HelpMessage("help", "superior"), actor="a")
    mailbox.put_floor(HelpTaken(0, "王敏", "u"))
    mailbox.put_floor(HelpTaken(0, "王敏", "u"))
    mailbox.put_floor(HelpReceived(0, ("刘洋",)))  # whoever took it is gone
    assert mailbox.take() == (
        HelpAsked(0, "", "a"), HelpReceived(0, ("王敏", "刘洋")), HelpAsked(0, "superior", "a"),
        HelpTaken(0, "王敏", "u"), HelpReceived(0, ("刘洋",)),
    )  # fmt: skip
    mailbox.put(HelpMessage("help_withdrawn"), actor="a")
    mailbox.put(HelpMessage("help_withdrawn"), actor="a")
    mailbox.put_floor(HelpClosed(0, "closed", "王敏"))
    assert mailbox.take() == (HelpClosed(0, "withdrawn", actor="a"),)
    mailbox.put(HelpMessage("help"), actor="a")
    mailbox.put_floor(HelpClosed(0, "closed", "王敏"))
    assert mailbox.take() == (HelpAsked(0, "", "a"), HelpClosed(0, "closed", "王敏"))


def test_a_sentence_is_sent_once_and_seen_once() -> None:
    mailbox = LocalMailbox()
    with pytest.raises(ValueError, match="whisper is w1"):
        mailbox.put(SeenMessage("whisper_seen", "w1"))
    for _ in range(3):
        mailbox.put_floor(WhisperSent(0, "w1", "先别承诺赔偿", "王敏", "u"))
    for _ in range(3):
        mailbox.put(SeenMessage("whisper_seen", "w1"), actor="a")
    assert mailbox.take() == (WhisperSent(0, "w1", "先别承诺赔偿", "王敏", "u"), WhisperSeen(0, "w1", "a"))


def test_each_who_listens_begins_once_and_ends_once() -> None:
    mailbox = LocalMailbox()
    for note in (ListenEnded(0, "王敏", "u"), ListenStarted(0, "王敏", "u"), ListenStarted(0, "王敏", "u")):
        mailbox.put_floor(note)
    mailbox.put_floor(ListenStarted(0, "王敏", "another of that name"))
    mailbox.put_floor(ListenEnded(0, "王敏", "u"))
    assert [type(note) for note in mailbox.take()] == [ListenStarted, ListenStarted, ListenEnded]


def test_who_listens_is_told_before_all_that_waits_its_turn() -> None:
    mailbox = LocalMailbox()
    for number in range(WAITING):
        mailbox.put_floor(WhisperSent(0, f"w{number}", "好", "王敏"))
    mailbox.take()
    mailbox.put_floor(ListenStarted(0, "王敏", "u"))
    assert ListenStarted(0, "王敏", "u") in mailbox.take()
    for _ in range(10):  # on and off and on again: what the agent sees is how it is now
        mailbox.put_floor(ListenEnded(0, "王敏", "u"))
        mailbox.put_floor(ListenStarted(0, "王敏", "u"))
    assert [type(note) for note in mailbox.take() if not isinstance(note, WhisperSent)][-1] is ListenStarted
    assert mailbox.take() == ()


def test_so_many_a_second_become_records_and_so_many_wait() -> None:
    mailbox = LocalMailbox()
    for number in range(WAITING):
        mailbox.put_floor(WhisperSent(0, f"w{number}", "好", "王敏"))
    with pytest.raises(MailboxFull):
        mailbox.put_floor(WhisperSent(0, "one more", "好", "王敏"))
    taken = [len(mailbox.take()) for _ in range(30_000 // SLICE_MS)]
    assert (taken[0], sum(taken), max(taken[1:])) == (10, WAITING, 1)
    mailbox.close()
    with pytest.raises(CallOver):
        mailbox.put(HelpMessage("help"))
    with pytest.raises(CallOver):
        mailbox.put_floor(WhisperSent(0, "w", "好", "王敏"))
