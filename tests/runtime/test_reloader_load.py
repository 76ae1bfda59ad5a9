"""Reloads while requests come in: none is lost, each is decided by one version, and none waits long.

What a reload does, every reload does; what a busy machine adds, it adds to some. So one reload in calm tells it all.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import runpy
import time
from pathlib import Path
from statistics import median

import yaml

PEOPLE = 6
EVERY = 0.005
CONFIG = {"limits": {"requests_per_uid": None}}
FILES = 60
BENCH = runpy.run_path(str(Path(__file__).parents[1] / "bench" / "rule_folder.py"))


def rules(version, *, more=0):
    fillers = "".join(
        f"  - id: filler_{number}\n    triggers: [{{trigger: realtime_transcript, phrases: [filler number {number}]}}]\n"
        f'    actions: [{{action: omi.prompt, data: {{prompt: "{version} {{{{ trigger.text }}}} {number}"}}}}]\n'
        for number in range(more)
    )
    return (
        "rules:\n  - id: asked\n    triggers: [{trigger: realtime_transcript, phrases: [which version]}]\n"
        f'    variables: {{said: "{version}"}}\n'
        f'    actions: [{{action: omi.prompt, data: {{prompt: "{version}={{{{ said }}}}"}}}}]\n{fillers}'
    )


class Crowd:
    """People who all ask again and again; `asked` holds when each began and ended, and the answer."""

    def __init__(self, served):
        self.served = served
        self.asked = []
        self.numbers = itertools.count()

    async def ask_during(self, happening):
        """Let all ask until something has happened, and give what came of it."""
        going = asyncio.ensure_future(happening)
        await asyncio.gather(going, *(self.one(going) for _ in range(PEOPLE)))
        return going.result()

    async def one(self, going):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.served.port)
        while not going.done():
            number = next(self.numbers)
            segment = {"id": f"s{number}", "text": "so, which version?", "is_user": True, "start": 0, "end": 1}
            body = json.dumps({"session_id": "s", "segments": [segment]}).encode()
            path = f"/hooks/token-of-the-tests-0001/realtime_transcript?uid=asker-{number}"
            head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            began = time.monotonic()
            writer.write(head.encode() + body)
            answered = await reader.readuntil(b"\r\n\r\n")
            length = int(answered.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = json.loads(await reader.readexactly(length))
            ended = time.monotonic()
            assert answered.startswith(b"HTTP/1.1 200"), (answered, answer)
            self.asked.append((began, ended, answer["notification"]["prompt"]))
            await asyncio.sleep(EVERY)
        writer.close()
        await writer.wait_closed()

    async def edit(self, version, text):
        """Write the rules anew and wait until they answer; give the seconds that took, and the longest answer in them."""
        first, written = len(self.asked), time.monotonic()
        fresh = self.served.folder / "rules" / ".fresh"
        fresh.write_text(text)
        fresh.replace(self.served.folder / "rules" / "rules.yaml")
        while not any(said == f"{version}={version}" for _, _, said in self.asked[first:]):
            assert time.monotonic() < written + 60
            await asyncio.sleep(EVERY)
        live = min(ended for _, ended, said in self.asked[first:] if said == f"{version}={version}")
        return live - written, self.longest(since=written)

    async def edits(self, versions, **more):
        return [await self.edit(version, rules(version, **more)) for version in versions]

    async def calm(self, times, seconds):
        """Let some time pass again and again; give the longest answer of each."""
        found = []
        for _ in range(times):
            began = time.monotonic()
            await asyncio.sleep(seconds)
            found.append(self.longest(since=began))
        return found

    def longest(self, *, since):
        answered = (ended - began for began, ended, _ in self.asked if ended > since)
        return max(answered, default=time.monotonic() - since)


def told(served):
    return served.log().count('"rules loaded"')


async def test_twenty_reloads_lose_no_request_and_slow_none(serve, capsys, patience):
    served = serve(rules("v000"), config=CONFIG)
    crowd = Crowd(served)
    await crowd.ask_during(crowd.edit("v000", rules("v000")))
    calm = median(await crowd.ask_during(crowd.calm(10, 0.2)))
    versions = [f"v{number:03}" for number in range(1, 21)]
    before = told(served)
    edited = await crowd.ask_during(crowd.edits(versions))
    assert told(served) - before == 20
    said = [prompt.split("=") for _, _, prompt in sorted(crowd.asked)]
    assert all(prompt == again for prompt, again in said)
    assert {again for _, again in said} == {"v000", *versions}
    for (_, ended, first), (began, _, second) in itertools.pairwise(sorted(crowd.asked)):
        assert first <= second or began < ended
    busy = median(longest for _, longest in edited)
    with capsys.disabled():
        print(  # noqa: T201 - the figures are what the test is for
            f"\n{len(crowd.asked)} answers; the longest without a reload: {calm * 1e3:.1f} ms,"
            f" during one of 20: {busy * 1e3:.1f} ms (medians)"
        )
    assert busy <= 3 * calm + 0.020 * patience


async def test_a_reload_of_a_thousand_rules_stalls_no_answer(serve, capsys, patience):
    served = serve(rules("v0", more=1000), config=CONFIG)
    crowd = Crowd(served)
    await crowd.ask_during(crowd.edit("v0", rules("v0", more=1000)))
    edited = await crowd.ask_during(crowd.edits(["v1", "v2", "v3"], more=1000))
    assert {prompt for _, _, prompt in crowd.asked} == {f"v{number}=v{number}" for number in range(4)}
    stalled = min(longest for _, longest in edited)
    with capsys.disabled():
        print(f"\nlongest answer during a reload of 1,000 rules: {stalled * 1e3:.1f} ms")  # noqa: T201 - see above
    assert stalled < 0.3 * patience


async def test_an_edit_of_one_file_among_many_is_live_within_a_second_and_stalls_no_answer(serve, capsys, patience):
    config = yaml.safe_load(BENCH["CONFIG"]) | CONFIG
    config["apps"]["default"]["tokens"] = ["token-of-the-tests-0001"]
    served = serve(rules("v0"), config=config)
    fresh = served.folder / ".fresh"
    fresh.mkdir()
    for number in range(FILES):
        (fresh / f"{number:03}.yaml").write_text(BENCH["rule_file"](number))
    fresh.rename(served.folder / "rules" / "many")
    loaded = f'"rules": {FILES * 20 + 1}'
    for _ in range(600):
        if loaded in served.log():
            break
        await asyncio.sleep(0.1)
    assert loaded in served.log()
    crowd = Crowd(served)
    edited = await crowd.ask_during(crowd.edits(["v1", "v2", "v3"]))
    live, stalled = (min(figures) for figures in zip(*edited, strict=True))
    with capsys.disabled():
        print(  # noqa: T201 - see above
            f"\nan edit of one file of {FILES + 1} is live after {live:.2f} s;"
            f" longest answer meanwhile: {stalled * 1e3:.1f} ms"
        )
    assert live < patience
    assert stalled < 0.3 * patience
