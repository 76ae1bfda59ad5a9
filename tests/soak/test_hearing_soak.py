"""A hundred thousand random cases of speech, heard by the matcher and by the slow one; `make soak`."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("hearing.py")
SEEDS = 20
CASES = 750
"""Of each of seven checks, for each seed."""


@pytest.mark.soak
@pytest.mark.timeout(5_400)
def test_a_hundred_thousand_cases_are_heard_as_the_language_says():
    began = int.from_bytes(os.urandom(3))
    with ThreadPoolExecutor(os.cpu_count() or 1) as processes:
        ended = list(processes.map(checked, range(began, began + SEEDS)))
    failed = [run.stdout + run.stderr for run in ended if run.returncode]
    assert not failed, "\n".join(failed)
    assert sum(int(run.stdout.split()[0]) for run in ended) >= 100_000


def checked(seed: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DRIVER), "--seed", str(seed), "--cases", str(CASES)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
