"""Compare the matcher with the slow one on random speech: `python hearing.py --seed 1 --cases 500`, so many of each check.

Prints how many cases were checked; exits 1 with the smallest case that fails.
"""

from __future__ import annotations

import argparse
import runpy
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

AGAINST = runpy.run_path(str(Path(__file__).parents[1] / "speech" / "against_reference.py"))
CHECKS = {name: check for name, check in AGAINST.items() if name.startswith("check_")}


def main() -> None:
    """Run every check, the failing ones to their smallest case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--only", choices=sorted(CHECKS))
    asked = parser.parse_args()
    checked, failed = 0, 0
    for name, check in CHECKS.items():
        if asked.only in (None, name):
            try:
                checked += run(check, number=asked.seed, cases=asked.cases)
            except Exception:  # noqa: BLE001 - of any kind, and the others go on
                failed += 1
                sys.stdout.write(f"{name} failed with seed {asked.seed}\n{traceback.format_exc()}\n")
    sys.stdout.write(f"{checked} cases\n")
    sys.exit(failed > 0)


def run(check: Callable[[Any], None], *, number: int, cases: int) -> int:
    """Run one check, and give how many cases it has passed."""
    passed = 0

    @seed(number)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(AGAINST["GENERATED"]["cases"](most=16))
    def checked(case: Any) -> None:
        nonlocal passed
        check(case)
        passed += 1

    checked()
    return passed


if __name__ == "__main__":
    main()
