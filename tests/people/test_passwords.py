"""Which passwords are taken, and how many are looked at at once."""

from __future__ import annotations

import threading

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

from pipeline.errors import AccountRefused
from pipeline.people.entrance import TooBusy
from pipeline.people.passwords import AT_ONCE, LONGEST, WAITING, Passwords, accepted, as_typed
from tests.waiting import LIMIT_S

NAMES = ["linxiaowen", "林晓雯", "锦和物业客服中心"]


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("elevenchars", "short"), ("", "short"), ("x" * 129, "long"), ("1q2w3e4r5t6y", "common"),
        ("Password1234", "common"), ("ＰＡＳＳＷＯＲＤ１２３４", "common"), ("iloveyou2026!", "common"),
        ("123456789012", "common"), ("987654321098", "common"), ("abcabcabcabc", "common"), ("aaaaaaaaaaaab", "common"),
        ("abcdefghijklm", "common"),
        ("linxiaowen2026", "like_name"), ("Callcoach!2026", "like_name"), ("2026林晓雯!!!!!!!", "like_name"),
    ],
)  # fmt: skip
def test_what_everybody_tries_first_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(AccountRefused) as told:
        accepted(password, NAMES)
    assert told.value.reason == reason
    assert not password or password not in str(told.value)


@pytest.mark.parametrize(
    "password", ["correct horse battery", "两只黄鹂鸣翠柳一行白鹭上青天", "tR7-vq2K.mw9z", "x7" + "k9q" * 42]
)
def test_long_ones_of_any_kind_are_taken(password: str) -> None:
    assert accepted(password, NAMES) == as_typed(password)


def test_the_same_however_it_was_typed() -> None:
    passwords = Passwords(PasswordHasher.from_parameters(CHEAPEST))
    encoded = passwords.encoded(as_typed("Ｌong enough １２３"))
    assert passwords.is_right(as_typed("Long enough 123"), encoded)
    assert not passwords.is_right(as_typed("long enough 123"), encoded)
    assert not passwords.is_right("anything", None)
    assert not passwords.is_right("nobody", None)
    assert not passwords.is_right("anything", "no encoding of argon2")
    assert len(as_typed("x" * 100_000)) < 10 * LONGEST


def test_the_parameters_are_those_of_the_rfc() -> None:
    encoded = Passwords().encoded("one that is kept")
    assert encoded.startswith(f"$argon2id$v=19$m={RFC_9106_LOW_MEMORY.memory_cost},t=3,p=4$")
    assert Passwords(PasswordHasher(time_cost=4)).is_outdated(encoded)


class Held(PasswordHasher):
    """Hashes when it is let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.running = self.most = 0
        self._lock = threading.Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.begun.release()
        assert self.go.wait(LIMIT_S)
        with self._lock:
            self.running -= 1
        return True


def test_few_are_looked_at_some_wait_and_more_are_told_to_come_again() -> None:
    hasher = Held()
    passwords = Passwords(hasher)
    encoded = passwords.encoded("one that is kept")
    threads = [threading.Thread(target=passwords.is_right, args=("x", encoded)) for _ in range(AT_ONCE)]
    passwords._nobody  # noqa: B018  # else it would be made by the first of them
    for thread in threads:
        thread.start()
    for _ in range(AT_ONCE):
        assert hasher.begun.acquire(timeout=LIMIT_S)
    taken = [passwords._places.acquire(blocking=False) for _ in range(WAITING)]
    assert all(taken)
    with pytest.raises(TooBusy):
        passwords.is_right("x", encoded)
    for _ in range(WAITING):
        passwords._places.release()
    threads += [threading.Thread(target=passwords.is_right, args=("x", encoded)) for _ in range(3)]
    for thread in threads[AT_ONCE:]:
        thread.start()
    hasher.go.set()
    for thread in threads:
        thread.join(LIMIT_S)
    assert (hasher.most, hasher.running) == (AT_ONCE, 0)
