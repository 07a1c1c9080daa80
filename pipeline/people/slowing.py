"""Wrong passwords slow down: per name, and per address. Never for good, and the same for names that nobody has.

After some wrong ones no password is looked at for 30 s, then, after each further one, for twice as long, up to 5 min;
a quiet while forgets them. A browser in which the user has signed in before has a count of its own, so that strangers
cannot keep that user out (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies). The
address alone gives no such count: whoever shares it could tell by it which names there are.

Kept in memory: a restart forgets, and costs whoever guesses more time than it gives.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.people.entrance import TooManyTries

NAME_TRIES = 5
ADDRESS_TRIES = 20  # an office has one address, and Monday mornings
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 300.0
FORGOTTEN_S = 900.0  # after the last try, or the end of the wait
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Key:
    """What tries are counted for."""

    text: str
    tries: int  # without a wait

    @classmethod
    def of_name(cls, name: str) -> Key:
        """`name` as it was typed, in the one form of names: a login and an agent id of one user count apart."""
        return cls(f"name {name}", NAME_TRIES)

    @classmethod
    def of_address(cls, address: str) -> Key:
        """Of an IPv6 address its network of 64 bits, which is one customer's."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return cls(f"address {address}", ADDRESS_TRIES)
        if isinstance(found, ipaddress.IPv6Address):
            found = found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False).network_address
        return cls(f"address {found}", ADDRESS_TRIES)

    @classmethod
    def of_browser(cls, user_id: str, session_id: str) -> Key:
        return cls(f"browser {user_id} {session_id}", NAME_TRIES)


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    wait_until_s: float = 0.0
    at_s: float = 0.0  # of the last try


class Slowing:
    """Thread-safe. A try counts as wrong until it turns out to be right, so that many at once are no way round."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, _Count] = OrderedDict()  # the last tried at the end

    def begin(self, keys: Sequence[Key]) -> int:
        """Counts a try for each key; so many are left before it gets slow. Raises TooManyTries, and counts nothing."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            wait_s = max(self._wait_s(key, now) for key in keys)
            if wait_s > 0:
                raise TooManyTries(wait_s)
            return min(self._count(key, now) for key in keys)

    def was_right(self, own: Key, others: Sequence[Key]) -> None:
        """Forgets what was wrong for `own`. Of `others` this try alone: else whoever has an account could guess on."""
        with self._lock:
            self._counts.pop(own.text, None)
            for key in others:
                self._lessen(key)

    def take_back(self, key: Key) -> None:
        """This try alone: it was none of a guess."""
        with self._lock:
            self._lessen(key)

    def release(self, keys: Sequence[Key]) -> None:
        with self._lock:
            for key in keys:
                self._counts.pop(key.text, None)

    def wait_s(self, key: Key) -> float:
        """0 where a try is looked at now."""
        with self._lock:
            return self._wait_s(key, self._clock())

    def _wait_s(self, key: Key, now: float) -> float:
        count = self._counts.get(key.text)
        return max(0.0, count.wait_until_s - now) if count is not None else 0.0

    def _count(self, key: Key, now: float) -> int:
        count = self._counts.setdefault(key.text, _Count())
        self._counts.move_to_end(key.text)
        count.wrong += 1
        count.at_s = now
        over = count.wrong - key.tries
        if over >= 0:
            count.wait_until_s = now + min(FIRST_WAIT_S * 2 ** min(over, 10), LONGEST_WAIT_S)
        return max(0, -over)

    def _lessen(self, key: Key) -> None:
        count = self._counts.get(key.text)
        if count is None:
            return
        count.wrong -= 1
        if count.wrong < key.tries:
            count.wait_until_s = 0.0
        if count.wrong <= 0:
            del self._counts[key.text]

    def _forget(self, now: float) -> None:
        while self._counts:
            text, oldest = next(iter(self._counts.items()))
            is_quiet = now - max(oldest.at_s, oldest.wait_until_s) > FORGOTTEN_S
            if not is_quiet and len(self._counts) < MOST_KEPT:
                return
            del self._counts[text]
