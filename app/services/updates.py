"""Whether there is a newer Loam: asked only when a person asks, or switched it on. It only tells.

The address is the project's own ('Releases' among the URLs of its metadata); a build without one
can't ask. It answers with JSON, `{"version": "1.2.0", "page": "https://..."}` or a release as
GitHub tells it. What is asked says nothing about the person or the machine. The reply is read with
bounds and believed as little as possible: a version, and a page on the same host.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.core.errors import LoamError
from app.core.files import write_atomically
from app.core.process import Cancel
from app.services.about import version

if TYPE_CHECKING:
    from app.services.assemble import Loam

_LABEL = "releases"
_TIMEOUT_S = 10.0
_MOST_BYTES = 64_000
_PAUSE_S = 24 * 3600.0
_VERSION = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){1,3})")
_LOCAL = ("localhost", "127.0.0.1", "::1")


class NoReleases(LoamError):
    what = "This Loam names no place where new versions are announced."
    do = "Look where you got it from."


class CannotAsk(LoamError):
    what = "Whether there is a new version could not be found out ({reason})."
    do = "Try again later."


@dataclass(frozen=True, slots=True)
class Release:
    """The newest version. newer: than this one; page: where a person gets it."""

    version: str
    newer: bool
    page: str


class UpdateService:
    """noted: a file that remembers when it was asked; proxy: an address, or '' for the system's."""

    def __init__(self, noted: Path, proxy: Callable[[], str]) -> None:
        self._noted = noted
        self._proxy = proxy

    def due(self) -> bool:
        """Whether the last time is a day ago, or in the future."""
        try:
            asked = json.loads(self._noted.read_text("utf-8"))["asked"]
            return not 0 <= time.time() - float(asked) < _PAUSE_S
        except (OSError, ValueError, KeyError, TypeError):
            return True

    def look(self, cancel: Cancel | None = None) -> Iterator[Release]:
        """One Release. Errors: NoReleases, CannotAsk."""
        address = _address()
        reply = _fetch(address, self._proxy())
        if cancel and cancel.is_set():
            return
        with contextlib.suppress(OSError):  # then it is asked sooner than in a day
            write_atomically(self._noted, json.dumps({"asked": int(time.time())}).encode())
        yield _understood(reply, address)


def service(loam: Loam) -> UpdateService:
    """For a profile. Not among the services of every start, since it is seldom used."""
    return UpdateService(loam.profile.root / "updates.json", lambda: loam.settings.current.proxy)


def _address() -> str:
    """Errors: NoReleases."""
    try:
        urls = metadata.metadata("loam").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        raise NoReleases from None
    for line in urls:
        label, _, address = str(line).partition(",")
        if label.strip().lower() == _LABEL:
            return address.strip()
    raise NoReleases


def _fetch(address: str, proxy: str) -> Any:
    """The JSON at `address`. Errors: CannotAsk."""
    import urllib.request

    asked = urlsplit(address)
    if asked.scheme != "https" and asked.hostname not in _LOCAL:
        raise CannotAsk(reason="its address is not a safe one")

    class SameHost(urllib.request.HTTPRedirectHandler):
        """Follows nobody to another host, or out of a safe connection."""

        def redirect_request(
            self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
        ) -> Any:
            to = urlsplit(newurl)
            if (to.scheme, to.hostname) != (asked.scheme, asked.hostname):
                raise CannotAsk(reason="it leads somewhere else")
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    handlers: list[Any] = [SameHost()]
    if asked.hostname in _LOCAL:
        handlers.append(urllib.request.ProxyHandler({}))
    elif proxy:
        handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
    request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
        address, headers={"User-Agent": "Loam", "Accept": "application/json"}
    )
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=_TIMEOUT_S) as reply:
            raw = reply.read(_MOST_BYTES + 1)
    except OSError as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None)
        raise CannotAsk(repr(error), reason=str(reason or type(error).__name__)[:100]) from None
    except ValueError as error:  # what http.client makes of a reply that is none
        raise CannotAsk(repr(error), reason="the answer makes no sense") from None
    if len(raw) > _MOST_BYTES:
        raise CannotAsk(reason="the answer is too long")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise CannotAsk(reason="the answer makes no sense") from None


def _understood(reply: Any, address: str) -> Release:
    """Errors: CannotAsk."""
    told = reply if isinstance(reply, dict) else {}
    found = _VERSION.fullmatch(str(told.get("version") or told.get("tag_name") or ""))
    if found is None:
        raise CannotAsk(reason="the answer names no version")
    page = str(told.get("page") or told.get("html_url") or "")
    try:
        parts, own = urlsplit(page), urlsplit(address)
        safe = parts.scheme == own.scheme and parts.netloc == own.netloc and page.isprintable()
    except ValueError:
        safe = False
    if not safe or len(page) > 300:
        page = ""
    return Release(found[1], _number(found[1]) > _number(version()), page)


def _number(text: str) -> tuple[int, ...]:
    """A version to compare: 0.2 is 0.2.0."""
    numbers = [int(one) for one in re.findall(r"\d+", text.partition("+")[0])[:4]]
    return tuple([*numbers, 0, 0, 0, 0][:4])
