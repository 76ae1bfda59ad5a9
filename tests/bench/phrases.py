"""What a request costs with few phrases and with many, all of ordinary words: the same server, load and core in turns.

One request carries five segments of sixty words in all; half of the phrases have a slot. Run it by `make bench`.
"""

from __future__ import annotations

import os
import random
import statistics

import yaml
from throughput import LOADS_CORE, SPEECH, omiflow

FEW, MANY = 10, 10_000
PHRASES_OF_A_RULE = 10
RULES_OF_A_FILE = 50


def folder(phrases: int) -> dict[str, str]:
    """Write so many phrases that nobody says, of the words that everybody says."""
    chance = random.Random(11)
    words = sorted(set(SPEECH.split()))
    listed = []
    for number in range(phrases // PHRASES_OF_A_RULE):
        said = []
        for _ in range(PHRASES_OF_A_RULE):
            before, behind = (" ".join(chance.choices(words, k=3)) for _ in range(2))
            said.append(f"{before} {{thing}} {behind}" if chance.random() < 0.5 else f"{before} {behind}")
        listed.append(
            {
                "id": f"rule_{number}",
                "triggers": [{"trigger": "realtime_transcript", "phrases": said}],
                "actions": [{"action": "log.write", "data": {"message": "{{ trigger.text }}"}}],
            }
        )
    files = {}
    for start in range(0, len(listed), RULES_OF_A_FILE):
        files[f"rules_{start}.yaml"] = yaml.safe_dump({"rules": listed[start : start + RULES_OF_A_FILE]})
    return files


def main() -> None:
    few, many = folder(FEW), folder(MANY)
    times: dict[int, list[float]] = {FEW: [], MANY: []}
    for _ in range(int(os.environ.get("BENCH_ROUNDS", "5"))):
        for number, files in ((FEW, few), (MANY, many)):
            result = omiflow(files, 0.0, float(os.environ.get("BENCH_SECONDS", "4")))
            if result.bad:
                raise SystemExit(f"{result.bad} requests were not answered with 200")
            times[number].append(1_000_000 / result.rate)
    ratios = [many / few for few, many in zip(times[FEW], times[MANY], strict=True)]
    print(
        f"a request with {FEW} phrases {statistics.median(times[FEW]):.0f} us, with {MANY:,} phrases "
        f"{statistics.median(times[MANY]):.0f} us; ratio median {statistics.median(ratios):.2f} "
        f"(from {min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    os.sched_setaffinity(0, {LOADS_CORE})
    main()
