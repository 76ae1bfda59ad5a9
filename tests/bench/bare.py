"""What omiflow is measured against: Litestar handlers that decode the same body and answer `{}`."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from litestar import Litestar, post

from omiflow.model import Realtime


@post("/hooks/{token:str}/typed", status_code=200)
async def typed(data: Realtime) -> dict[str, Any]:
    return {}


@post("/hooks/{token:str}/plain", status_code=200)
async def plain(data: dict[str, Any]) -> dict[str, Any]:
    return {}


if __name__ == "__main__":
    uvicorn.run(
        Litestar([typed, plain], logging_config=None, openapi_config=None),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
    )
