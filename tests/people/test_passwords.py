"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

from pipeline.errors import AccountRefused
from pipeline.people.passwords import LONGEST, Passwords, accepted, as_typed

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
