"""What the streams of 100,000 users who talk without a pause take in memory, on Linux; prints Markdown tables.

The talk is from a corpus of recorded requests where there is one (a file or a folder named by OMIFLOW_CORPUS, or
`shared/corpus` beside the repository), else made of common words.
"""

from __future__ import annotations

import os
import random
import runpy
import sys
import time
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
from omiflow.speech.stream import SILENCE, Stream

USERS = 100_000
MINUTES = (2, 5, 10, 15)
ALL_SAY = 5
"""How many minutes of talk each user is given, unless the command line tells."""
TALKS = 1_500
MEASURED = 50
GROWTH = (0.25, 0.5, 0.75)
NOW = 1_763_657_414.0

Meeting = list[tuple[float, list[Segment]]]


def main() -> None:
    all_say = int(sys.argv[1]) if len(sys.argv) > 1 else ALL_SAY
    print("| minutes of talk | segments | bytes packed | most | to pack | to unpack |\n|---:|---:|---:|---:|---:|---:|")
    with ProcessPoolExecutor(1) as elsewhere:  # what the preparation takes in memory would be taken for that of streams
        for row in elsewhere.map(measured, MINUTES):
            print(row)
        rested = elsewhere.submit(prepared, all_say).result()
    fill(rested, all_say)


def measured(minutes: int) -> str:
    rnd = random.Random(minutes)
    meetings = heard(rnd)
    streams = [talk(rnd, meetings, minutes) for _ in range(MEASURED)]
    began = time.process_time()
    rested = [packed(stream) for stream in streams]
    then = time.process_time()
    again = [unpacked(data) for data in rested]
    to_pack, to_unpack = ((then - began) / MEASURED * 1e6, (time.process_time() - then) / MEASURED * 1e6)
    segments, size = sum(len(stream.known) for stream in again) / MEASURED, sum(map(len, rested)) / MEASURED
    most = max(map(len, rested))
    return f"| {minutes} | {segments:.0f} | {size:,.0f} | {most:,} | {to_pack:,.0f} µs | {to_unpack:,.0f} µs |"


def prepared(minutes: int) -> list[tuple[bytes, int]]:
    """Give many packed streams, and how many bytes the ids at the end of each take."""
    rnd = random.Random(0)
    meetings = heard(rnd)
    streams = (talk(rnd, meetings, minutes) for _ in range(TALKS))
    return [(packed(stream), 16 * len(stream.known)) for stream in streams]


def fill(rested: list[tuple[bytes, int]], minutes: int) -> None:
    """Give each user a stream with ids of its own, which grows in memory as it does while they talk; print the cost."""
    rnd = random.Random(1)
    before = resident()
    users, streams = Users(most=USERS), dict.fromkeys(range(USERS), b"")
    for _ in streams:
        users.get("app", f"{rnd.getrandbits(112):028x}", now=NOW)
    alone = resident()
    for part in GROWTH:
        for user in rnd.sample(range(USERS), USERS):
            streams[user] = rnd.randbytes(int(part * len(rnd.choice(rested)[0])))
    for user in rnd.sample(range(USERS), USERS):
        data, ids = rnd.choice(rested)
        streams[user] = data[:-ids] + rnd.randbytes(ids)
    after = resident()
    size = sum(map(len, streams.values()))
    print(f"\n| {USERS:,} users, each after {minutes} minutes of talk | |\n|---|---:|")
    print(f"| resident memory before | {before / 1e6:,.0f} MB |")
    print(f"| resident memory after | {after / 1e6:,.0f} MB |")
    print(f"| a user but for the stream | {(alone - before) / USERS:,.0f} bytes |")
    print(f"| a stream | {size / USERS:,.0f} bytes |")
    print(f"| a stream, as memory grows by it | {(after - alone) / USERS:,.0f} bytes |")


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
            stream = stream.after(
                batch, at=arrived, event_id=f"e{int(arrived * 1e6):014x}0000{rnd.getrandbits(16):04x}"
            )
    return stream


if __name__ == "__main__":
    main()
