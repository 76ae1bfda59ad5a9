"""A process that has imported omiflow already and forks into servers, so that starting one takes a moment only.

Takes lines of JSON: `{"cwd": …, "args": […], "log": …, "env": {…}}` starts one and answers its process id;
`{"wait": pid}` answers its exit status, negative for a signal, and `{"poll": pid}` does if it has ended, else null.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys

import omiflow.cli.main
import omiflow.cli.serve


def become_server(cwd: str, args: list[str], log: str, env: dict[str, str]) -> None:
    """Turn this process into `omiflow ARGS`."""
    random.seed()
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(written, 1)
    os.dup2(written, 2)
    omiflow.cli.main.main(args)


def main() -> None:
    gc.freeze()
    living: set[int] = set()
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked or "poll" in asked:
            ended, status = os.waitpid(asked["wait"], 0) if "wait" in asked else os.waitpid(asked["poll"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
            living.discard(ended)
        else:
            answer = os.fork()
            if not answer:
                become_server(**asked)
            living.add(answer)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for left in living:
        os.kill(left, signal.SIGKILL)


if __name__ == "__main__":
    main()
