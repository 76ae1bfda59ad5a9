"""What the streams of 100,000 users who talk without a pause take in memory, on Linux; prints Markdown tables.

The talk is from a corpus of recorded requests where there is one (a file or a folder named by OMIFLOW_CORPUS, or
`shared/corpus` beside the repository), else made of common words.
"""

from __future__ import annotations

import asyncio
import os
import random
import runpy
import sys
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate
from pathlib import Path
from uuid import UUID

import msgspec

from omiflow.model import SPEECH, Realtime, Segment
from omiflow.omi.recorded import read_recorded
from omiflow.runtime.users import Users
from omiflow.speech.often_said import OFTEN_SAID
from omiflow.speech.packed import packed, unpacked
from omiflow.speech.stream import LONGEST_KEPT, SILENCE, Stream

USERS = 100_000
MINUTES = (1, 2, int(LONGEST_KEPT / 60))
ALL_SAY = MINUTES[-1]
"""How many minutes of talk each user is given, unless the command line tells."""
TALKS = 1_500
MEASURED = 50
GROWTH = (0.25, 0.5, 0.75)
NOW = 1_763_657_414.0

Meeting = list[tuple[float, list[Segment]]]


def main() -> None:
    all_say = int(sys.argv[1]) if len(sys.argv) > 1 else ALL_SAY
    print("| minutes of talk | segments | bytes | most | packed | most | to pack | to unpack |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    with ProcessPoolExecutor(1) as elsewhere:  # what the preparation takes in memory would be taken for that of streams
        for row in elsewhere.map(measured, MINUTES):
            print(row)
        rested = elsewhere.submit(prepared, all_say).result()
    asyncio.run(fill(rested, all_say))


def measured(minutes: int) -> str:
    rnd = random.Random(minutes)
    meetings = heard(rnd)
    streams = [talk(rnd, meetings, minutes) for _ in range(MEASURED)]
    began = time.process_time()
    rested = [packed(stream) for stream in streams]
    then = time.process_time()
    again = [unpacked(data) for data in rested]
    to_pack, to_unpack = ((then - began) / MEASURED * 1e6, (time.process_time() - then) / MEASURED * 1e6)
    sizes = [len(data) for data in rested]
    taken = [_taken(data) for data in rested]
    cells = [
        str(minutes),
        f"{sum(len(stream.known) for stream in again) / MEASURED:.0f}",
        *(f"{size:,.0f}" for some in (taken, sizes) for size in (sum(some) / MEASURED, max(some))),
        f"{to_pack:,.0f} µs",
        f"{to_unpack:,.0f} µs",
    ]
    return f"| {' | '.join(cells)} |"


def _taken(data: bytes) -> int:
    tracemalloc.start()
    stream = unpacked(data)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del stream
    return taken


def prepared(minutes: int) -> list[tuple[bytes, int]]:
    """Give many packed streams, and how many bytes the ids at the end of each take."""
    rnd = random.Random(0)
    meetings = heard(rnd)
    streams = (talk(rnd, meetings, minutes) for _ in range(TALKS))
    return [(packed(stream), 16 * len(stream.known)) for stream in streams]


async def fill(rested: list[tuple[bytes, int]], minutes: int) -> None:
    """Give each user a stream with ids of its own, which grows in memory as it does while they talk; print the cost."""
    rnd = random.Random(1)
    names = [f"{rnd.getrandbits(112):028x}" for _ in range(USERS)]
    before = resident()
    users = Users()
    for name in names:
        await keep(users, name, b"", now=NOW)
    alone = resident()
    for part in GROWTH:
        for name in rnd.sample(names, USERS):
            grown = rnd.randbytes(int(part * len(rnd.choice(rested)[0])))
            await keep(users, name, grown, now=NOW + part * minutes * 60)
    sizes = []
    for name in rnd.sample(names, USERS):
        data, ids = rnd.choice(rested)
        await keep(users, name, data[:-ids] + rnd.randbytes(ids), now=NOW + minutes * 60)
        sizes.append(len(data))
    after = resident()
    weight = users.weight
    kept = sum(users.get("app", name, now=NOW + minutes * 60).kept is not None for name in names)
    print(f"\n| {USERS:,} users, each after {minutes} minutes of talk | |\n|---|---:|")
    print(f"| resident memory before | {before / 1e6:,.0f} MB |")
    print(f"| resident memory after | {after / 1e6:,.0f} MB |")
    print(f"| users whose streams are in memory | {kept:,} |")
    print(f"| a user but for name and stream | {(alone - before) / USERS:,.0f} bytes |")
    print(f"| a stream | {sum(sizes) / USERS:,.0f} bytes |")
    print(f"| a stream, as memory grows by it | {(after - alone) / kept:,.0f} bytes |")
    print(f"| a stream, as it is weighed | {weight / kept:,.0f} bytes |")


async def keep(users: Users, name: str, data: bytes, *, now: float) -> None:
    """Let a user be heard, whose stream is such then."""
    user = users.get("app", name, now=now)
    async with users.turn(user):
        user.kept = data
    await asyncio.sleep(0)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def heard(rnd: random.Random) -> list[Meeting]:
    """Give talk without long pauses, at least as long as is measured."""
    found = [meeting for meeting in recorded() if meeting[-1][0] - meeting[0][0] > MINUTES[-1] * 60]
    return found or [made_up(rnd) for _ in range(5)]


def recorded() -> Iterator[Meeting]:
    """Give the meetings of the corpus, none where there is no corpus."""
    corpus: Path = runpy.run_path(str(Path(__file__).parents[1] / "corpus" / "common_phrases.py"))["CORPUS"]
    meetings: dict[str, Meeting] = {}
    for request in read_recorded(corpus) if corpus.exists() else ():
        if request.event == SPEECH and request.at is not None:
            meeting = meetings.setdefault(request.query.get("uid", ""), [])
            if meeting and request.at - meeting[-1][0] > SILENCE:
                yield meeting
                meeting = meetings[request.query.get("uid", "")] = []
            meeting.append((request.at, msgspec.json.decode(request.body, type=Realtime).segments))
    yield from meetings.values()


def made_up(rnd: random.Random) -> Meeting:
    """Give an hour of common words; how often each is said falls with its rank, as in any language."""
    words = list(dict.fromkeys(reversed(OFTEN_SAID.decode().split())))
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    meeting: Meeting = []
    at = 0.0
    while at < 3600.0:
        text = " ".join(rnd.choices(words, cum_weights=weights, k=rnd.randint(1, 14)))
        start, at = at, round(at + 0.38 * len(text.split()), 2)
        meeting.append((at, [Segment(text=text, speaker_id=0, is_user=True, start=start, end=at)]))
    return meeting


def talk(rnd: random.Random, meetings: list[Meeting], minutes: int) -> Stream:
    """Give the stream of somebody who was in a meeting for some minutes, with ids of their own."""
    meeting = rnd.choice(meetings)
    since = rnd.uniform(meeting[0][0], meeting[-1][0] - minutes * 60)
    stream = Stream()
    for at, said in meeting:
        if since <= at < since + minutes * 60:
            ids = [str(UUID(int=rnd.getrandbits(128), version=4)) for _ in said]
            batch = [msgspec.structs.replace(one, id=key) for one, key in zip(said, ids, strict=True)]
            arrived = NOW + at - since + rnd.random()
            stream.take(batch, at=arrived, event_id=f"e{int(arrived * 1e6):014x}0000{rnd.getrandbits(16):04x}")
    return stream


if __name__ == "__main__":
    main()
