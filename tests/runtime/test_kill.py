"""Omiflow is killed under load again and again; nothing that was answered is lost, nothing that was done is repeated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DRIVER = Path(__file__).parents[1] / "soak" / "killing.py"


def test_twenty_kills_lose_nothing_and_repeat_nothing(tmp_path):
    command = [sys.executable, str(DRIVER), "--kills", "20", "--seed", "20", "--folder", str(tmp_path / "flow")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "20 kills" in ended.stdout
