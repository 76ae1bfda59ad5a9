"""What a running omiflow tells about itself by its API, to whom has its console token.

Starting and ending it is left to `service`.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

SETTLES_WITHIN = 10.0
LOOK_EVERY = 0.03


class Inside:
    """Asks the API at `url`."""

    def __init__(self, url: str, *, token: str, via: httpx.AsyncClient) -> None:
        self._url = f"{url}/api"
        self._headers = {"authorization": f"Bearer {token}"}
        self._via = via

    async def rules(self) -> list[tuple[str, str]]:
        """List the live rules, each with its id and its name for people."""
        found = await self._get("rules")
        return [(rule["id"], rule["alias"] or "") for rule in found["rules"]]

    async def settled(self) -> None:
        """Wait until every run that was set off has ended or waits for another try, ten seconds at most."""
        try:
            async with asyncio.timeout(SETTLES_WITHIN):
                while (await self._get("runs", state="running", limit=1))["runs"]:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(LOOK_EVERY)
        except (TimeoutError, httpx.HTTPError):
            return

    async def _get(self, path: str, **query: Any) -> Any:
        answer = await self._via.get(f"{self._url}/{path}", params=query, headers=self._headers)
        return answer.raise_for_status().json()
