"""The hub's library as this child uses it: time limits, our name, and its errors in our words."""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Iterator
from http import HTTPStatus
from importlib import metadata
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import constants
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils._headers import build_hf_headers
from huggingface_hub.utils._http import default_client_factory, set_client_factory

from app.core.errors import (
    HubBusy,
    HubDenied,
    HubError,
    HubMissing,
    HubTokenRefused,
    HubUnreachable,
    LoamError,
)

TIMEOUT = 20.0
"""Seconds without a byte after which a connection counts as broken."""
_LOCAL = ("localhost", "127.0.0.1", "::1")
_MISSING = (RepositoryNotFoundError, RevisionNotFoundError, EntryNotFoundError)
_SEARCH: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "it wants an access token",
    HTTPStatus.FORBIDDEN: "it wants an access token",
    HTTPStatus.NOT_FOUND: "there is no model hub at this address",
}
_VERSION = metadata.version("loam")
_SECRET = re.compile(r"hf_\w+|Bearer \S+")


def _client() -> httpx2.Client:
    client = default_client_factory()
    client.timeout = httpx2.Timeout(TIMEOUT)  # the library waits for ever
    return client


set_client_factory(_client)
# The library writes and reports every 10 MB; on a slow line that is a minute of silence, and what
# a broken connection costs.
constants.DOWNLOAD_CHUNK_SIZE = 256 << 10


def token_for(token: str, address: str) -> str | bool:
    """The token as the library wants it, or False for none. It never goes over an open line."""
    parts = urlsplit(address)
    safe = parts.scheme == "https" or (parts.hostname or "") in _LOCAL
    return token if token and safe else False


def headers(token: str, address: str) -> dict[str, str]:
    """For a file: uncompressed, since sizes and ranges mean the file's own bytes."""
    made: dict[str, str] = build_hf_headers(
        token=token_for(token, address), library_name="loam", library_version=_VERSION
    )
    return {**made, "Accept-Encoding": "identity"}


@contextlib.contextmanager
def in_our_words(name: str, address: str) -> Iterator[None]:
    """Turn what the library raises into errors for a person; `name` is the model that was asked
    for, '' when it was a search: nothing of its words can be missing or closed."""
    try:
        yield
    except LoamError:
        raise
    except HfHubHTTPError as error:
        raise _refused(error, name, address) from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        reason = _reason(error)
        raise HubUnreachable(_detail(error), address=address, reason=reason) from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        reason = "its answer makes no sense"
        raise HubError(_detail(error), address=address, reason=reason) from None


def _refused(error: HfHubHTTPError, name: str, address: str) -> HubError:
    code, detail = error.response.status_code, _detail(error)
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        return HubBusy(detail, address=address)
    closed = isinstance(error, GatedRepoError)
    missing = isinstance(error, _MISSING) or code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
    if code == HTTPStatus.UNAUTHORIZED and not closed and _with_token(error):
        return HubTokenRefused(detail, address=address)
    if not name:
        return HubError(detail, address=address, reason=_SEARCH.get(code) or _answered(code))
    if missing and not closed:
        return HubMissing(detail, name=name, address=address)
    if closed or code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return HubDenied(detail, name=name, address=f"{address}/{name}")
    return HubError(detail, address=address, reason=_answered(code))


def _answered(code: int) -> str:
    if code == HTTPStatus.SERVICE_UNAVAILABLE:
        return "it has no time now"
    return f"it answered with code {code}"


def _with_token(error: HfHubHTTPError) -> bool:
    return "authorization" in error.response.request.headers


def _reason(error: Exception) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "it does not answer"
    if isinstance(error, httpx2.ProxyError):
        return "the proxy refused"
    if isinstance(error, httpx2.TooManyRedirects):
        return "it sends from one address to the next"
    if isinstance(error, httpx2.ConnectError):
        return "no connection"
    return "the connection broke"


def _detail(error: BaseException) -> str:
    return _SECRET.sub("...", repr(error))[:2000]


def is_full(error: OSError) -> bool:
    """Whether a disk had no room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
