"""`python -m omiflow.emulator.demo`: shows omiflow at work on a recorded day, without an account and without a device.

What is shown is left to `stage`, which is loaded late so that even an early Ctrl-C ends in peace.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import NoReturn

USAGE = 'make demo [ARGS="--once --seconds SECONDS --examples FOLDER"]'
ABOUT = "Show omiflow at work on a recorded day, without an account and without a device; Ctrl-C ends it."
PIPE_WIDTH = 100
FAREWELL = "\ngood night; nothing of this was kept\n"


def main() -> None:
    """Run the demo; exit status 0, or 3 if it couldn't be played."""
    signal.signal(signal.SIGINT, _leave)
    import argparse  # noqa: PLC0415 - see the module's docstring
    import asyncio  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415

    from omiflow.emulator.ending import until_signalled  # noqa: PLC0415
    from omiflow.emulator.stage import perform  # noqa: PLC0415
    from omiflow.emulator.terminal import own_ctrl_c  # noqa: PLC0415
    from omiflow.errors import OmiflowError  # noqa: PLC0415

    examples = Path(__file__).resolve().parents[2] / "examples"
    options = argparse.ArgumentParser(usage=USAGE, description=ABOUT)
    options.add_argument("--once", action="store_true", help="end by itself when the day is over")
    options.add_argument("--seconds", type=float, default=40.0, help="how long the day takes (default: 40)")
    options.add_argument("--examples", type=Path, default=examples, help="the folder with omiflow.yaml and day.jsonl")
    chosen = options.parse_args()

    sys.stdout.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    work = perform(examples=chosen.examples.resolve(), seconds=chosen.seconds, once=chosen.once, console=console)
    try:
        with own_ctrl_c():
            asyncio.run(until_signalled(work))
    except OmiflowError as error:
        sys.stderr.write(f"\nthe demo could not go on: {error}\n")
        sys.exit(3)
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    sys.stdout.write(FAREWELL)


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.stdout.write(FAREWELL)
    raise SystemExit(0)


if __name__ == "__main__":
    main()
