"""A thousand kills under load; `make soak`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("killing.py")


@pytest.mark.soak
@pytest.mark.timeout(5_400)
def test_a_thousand_kills_lose_nothing_and_repeat_nothing(tmp_path):
    seed = int.from_bytes(os.urandom(3))
    command = [sys.executable, str(DRIVER), "--kills", "1000", "--seed", str(seed), "--folder", str(tmp_path / "flow")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"seed {seed}\n{ended.stdout}{ended.stderr}"
    assert "1000 kills" in ended.stdout
