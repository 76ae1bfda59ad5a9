"""A recorded day played in its own time: each request tells when it came, and everybody's clock follows.

Waiting between the requests is left to the sender.
"""

from __future__ import annotations

import time

import msgspec

from omiflow.omi.recorded import Recorded
from omiflow.omi.times import iso

AT_HEADER = "x-omiflow-at"


def timed(request: Recorded) -> Recorded:
    """Give a request that tells omiflow its own time; it is believed by `omiflow serve --clock request`."""
    if request.at is None:
        return request
    return msgspec.structs.replace(request, headers={**request.headers, AT_HEADER: iso(request.at)})


class DayClock:
    """The time of the last request, and what has passed since; the machine's time before the first one."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def follow(self, request: Recorded) -> None:
        """Go to the time of a request."""
        if request.at is not None:
            self._ahead = request.at - time.time()

    def __call__(self) -> float:
        """Give seconds since the epoch."""
        return time.time() + self._ahead
