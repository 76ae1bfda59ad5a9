"""`python -m omiflow.emulator.demo`: shows omiflow at work on a recorded day, without an account and without a device.

What is shown is left to `stage`, which is loaded late so that even an early Ctrl-C ends in peace.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FAREWELL = "\ngood night; nothing of this was kept\n"


def main() -> None:
    """Run the demo; exit status 0, or 3 if it couldn't be played."""
    signal.signal(signal.SIGINT, _leave)
    options = argparse.ArgumentParser(prog="omiflow demo", description=__doc__)
    options.add_argument("--once", action="store_true", help="end by itself when the day is over")
    options.add_argument("--seconds", type=float, default=40.0, help="how long the day takes (default: 40)")
    options.add_argument("--examples", type=Path, default=EXAMPLES, help="the folder with omiflow.yaml and day.jsonl")
    chosen = options.parse_args()

    from rich.console import Console  # noqa: PLC0415 - see the module's docstring

    from omiflow.emulator.ending import until_signalled  # noqa: PLC0415
    from omiflow.emulator.stage import perform  # noqa: PLC0415
    from omiflow.errors import OmiflowError  # noqa: PLC0415

    console = Console(highlight=False)
    work = perform(examples=chosen.examples.resolve(), seconds=chosen.seconds, once=chosen.once, console=console)
    try:
        asyncio.run(until_signalled(work))
    except OmiflowError as error:
        sys.stderr.write(f"\nthe demo could not go on: {error}\n")
        sys.exit(3)
    except KeyboardInterrupt:
        pass
    sys.stdout.write(FAREWELL)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.stdout.write(FAREWELL)
    raise SystemExit(0)


if __name__ == "__main__":
    main()
