"""The one door to Apprise, the library that knows the URLs of a hundred notification services.

What becomes of a failure is left to `notify_send`.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from functools import cache
from typing import Any


def is_service(url: str) -> bool:
    """Tell whether a URL is one that Apprise can send to."""
    return _server(url) is not None


def kind_of_service(url: str) -> str:
    """Name the kind of service a URL is for; all that stands behind it may be secret."""
    return url.partition("://")[0].lower()


def deliver(url: str, *, message: str, title: str) -> bool | None:
    """Send a notification as plain text and tell whether the service took it; None when the URL is none.

    It blocks, as long as Apprise's own limits let it.
    """
    server = _server(url)
    if server is None:
        return None
    library = _library()
    sender = library.Apprise(servers=server, asset=server.asset)
    return bool(sender.notify(body=message, title=title, body_format=library.NotifyFormat.TEXT))


def _server(url: str) -> Any:
    library = _library()
    asset = library.AppriseAsset(app_id="omiflow", async_mode=False, http_redirects=False, interpret_emojis=False)
    return library.Apprise.instantiate(url, asset=asset)


@cache
def _library() -> Any:
    """Import Apprise when it is first needed: with its services it takes a quarter of a second and 40 MB.

    Its loggers, and those of what it sends with, are shut: they write hosts, topics and tokens.
    """
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its services are imported by the first look at a URL, some with old modules
        library = importlib.import_module("apprise")
        library.Apprise.instantiate("json://localhost")
    return library
