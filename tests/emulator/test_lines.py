from __future__ import annotations

import asyncio
import os

from omiflow.emulator.lines import Lines


async def test_whatever_was_written_before_is_told_by_catching_up() -> None:
    told: list[str] = []
    lines = Lines(told.append)
    with lines.open() as writing:
        os.write(writing, b"fired\ndo")
        assert told == []
        lines.catch_up()
        assert told == ["fired"]
        os.write(writing, b"ne\n")
        lines.catch_up()
        assert told == ["fired", "done"]


async def test_lines_are_told_by_themselves_as_they_come() -> None:
    arrived = asyncio.Event()
    with Lines(lambda _: arrived.set()).open() as writing:
        os.write(writing, b"fired\n")
        async with asyncio.timeout(60):
            await arrived.wait()


async def test_the_last_words_are_told_even_without_an_end_of_line_and_in_no_known_encoding() -> None:
    told: list[str] = []
    with Lines(told.append).open() as writing:
        os.write(writing, b"one\ncut o\xff")
    assert told == ["one", "cut o\ufffd"]


async def test_nothing_is_told_twice_after_the_end() -> None:
    told: list[str] = []
    lines = Lines(told.append)
    with lines.open() as writing:
        os.write(writing, b"one\n")
    lines.catch_up()
    assert told == ["one"]
