"""Whose Ctrl-C it is: below `make` the whole group would get it, and make would call a good end an error.

What happens on Ctrl-C is left to `ending`.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

STDIN = 0


@contextlib.contextmanager
def own_ctrl_c() -> Iterator[None]:
    """Take the terminal's keys for this process alone inside the block, if its group is in front of a terminal.

    Where there is no terminal, or the group is this process's own, everything stays as it is.
    """
    group = os.getpgrp()
    if not _in_front(group) or group == os.getpid():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGTTOU, signal.SIGTSTP)}
    os.setpgid(0, 0)
    os.tcsetpgrp(STDIN, os.getpgrp())
    try:
        yield
    finally:
        os.tcsetpgrp(STDIN, group)
        os.setpgid(0, group)
        for number, action in before.items():
            signal.signal(number, action)


def _in_front(group: int) -> bool:
    try:
        return os.tcgetpgrp(STDIN) == group
    except OSError:
        return False
