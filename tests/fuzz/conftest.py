"""How many inputs a fuzzer makes: a bounded, seeded handful in `make test`, very many in `make proof`."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

INPUTS = "CALLCOACH_PROOF_INPUTS"


@pytest.fixture(scope="session")
def inputs() -> Callable[[int], int]:
    """`inputs(300)`: 300 in `make test`, whatever $CALLCOACH_PROOF_INPUTS says in `make proof`."""
    wanted = os.environ.get(INPUTS)
    return lambda ordinary: int(wanted) if wanted else ordinary
