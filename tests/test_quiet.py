"""What libraries are told before they are loaded; what leaves the machine is tested in tests/privacy."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

THREADS = "print({library['num_threads'] for library in __import__('threadpoolctl').threadpool_info()})"


@pytest.mark.parametrize("first", ["pipeline, numpy", "numpy, pipeline"])
def test_products_of_numpy_use_one_thread_whoever_loads_it_first(first: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    ran = subprocess.run(
        [sys.executable, "-c", f"import {first}\n{THREADS}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "{1}"
