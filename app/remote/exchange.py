"""One HTTP request, read in a thread of its own so that it can be given up at any moment.

Redirects are not followed and no proxy is used: text goes to the address that the person saw, or
nowhere. Compressed answers are not asked for.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.core.errors import Cancelled, CertificateUntrusted, ServerUnreachable
from app.core.servernames import place

_LOOK = 0.05  # seconds between two looks at whether somebody asked to stop
_BLOCK = 1 << 16
_WAITING = 64  # blocks that may wait to be taken up; a server that sends faster has to wait


@dataclass(frozen=True, slots=True)
class Order:
    """url: whole; body: None for a GET; first, silence, connect: seconds, as in RemoteConfig;
    certificate: file of those that are trusted, '' for the system's."""

    url: str
    body: bytes | None = field(repr=False)
    key: str = field(repr=False)
    connect: float
    first: float
    silence: float
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """How an answer begins. Names of headers are in small letters."""

    status: int
    headers: dict[str, str]

    @property
    def kind(self) -> str:
        """'application/json'."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Silent(Exception):
    """Nothing came for as long as the order allows."""


class Broken(Exception):
    """The connection ended before the answer did."""


def exchange(order: Order, cancelled: Callable[[], bool]) -> Iterator[Head | bytes]:
    """A Head, then the body in blocks. Closing the generator closes the connection.

    Errors: ServerUnreachable before the Head, Silent and Broken after it, Cancelled.
    """
    reader = _Reader(order)
    try:
        deadline = time.monotonic() + order.connect + order.first
        headed = begun = False
        while True:
            try:
                item = reader.inbox.get(timeout=_LOOK)
            except queue.Empty:
                if cancelled():
                    raise Cancelled from None
                if time.monotonic() > deadline:
                    if headed:
                        raise Silent from None
                    raise _unreachable(order, TimeoutError()) from None
                continue
            if cancelled():
                raise Cancelled
            if item is None:
                return
            if isinstance(item, Exception):
                raise Broken(repr(item)) if headed else _unreachable(order, item)
            # Many servers send the head at once and the first word when they have one.
            begun, headed = headed, True
            deadline = time.monotonic() + (order.silence if begun else order.first)
            yield item
    finally:
        reader.close()


class _Reader:
    """inbox: a Head, blocks, and at last None or what went wrong."""

    def __init__(self, order: Order) -> None:
        self.inbox: queue.Queue[Head | bytes | Exception | None] = queue.Queue(_WAITING)
        self._order = order
        self._gone = threading.Event()
        self._socket: socket.socket | None = None
        threading.Thread(target=self._run, name="exchange", daemon=True).start()

    def close(self) -> None:
        self._gone.set()
        taken = self._socket
        if taken is not None:
            # Wakes the thread that reads; it closes the connection.
            with contextlib.suppress(OSError):
                taken.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        connection = None
        try:
            connection = self._connected()
            response = self._ask(connection)
            headers = {name.lower(): value for name, value in response.getheaders()}
            self._put(Head(response.status, headers))
            while block := response.read1(_BLOCK):
                self._put(block)
            self._put(None)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._put(error)
        finally:
            if connection is not None:
                connection.close()
            if self._socket is not None:
                self._socket.close()

    def _connected(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._order.url)
        host, seconds = parts.hostname or "", self._order.connect
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            trust = _trust(self._order.certificate)
            connection = http.client.HTTPSConnection(
                host, parts.port, timeout=seconds, context=trust
            )
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=seconds)
        connection.connect()
        self._socket = connection.sock
        if self._gone.is_set():
            raise OSError("given up")
        # The other side of this is the deadline in `exchange`.
        self._socket.settimeout(self._order.first + self._order.connect + 1)
        return connection

    def _ask(self, connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
        order, parts = self._order, urlsplit(self._order.url)
        headers = {
            "Accept": "application/json, text/event-stream",
            "Accept-Encoding": "identity",
            "User-Agent": "Loam",
            "Connection": "close",
        }
        if order.body is not None:
            headers["Content-Type"] = "application/json"
        if order.key:
            headers["Authorization"] = f"Bearer {order.key}"
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET" if order.body is None else "POST", path, order.body, headers)
        return connection.getresponse()

    def _put(self, item: Head | bytes | Exception | None) -> None:
        while not self._gone.is_set():
            with contextlib.suppress(queue.Full):
                self.inbox.put(item, timeout=_LOOK)
                return
        raise OSError("given up")


class _NoCertificate(OSError):
    """The file that a person named holds none."""


def _trust(certificate: str) -> ssl.SSLContext:
    """Names and dates are always looked at; a file of a person's own only adds whom to believe."""
    trust = ssl.create_default_context()
    if certificate:
        try:
            trust.load_verify_locations(certificate)
        except (OSError, ValueError) as error:
            raise _NoCertificate(repr(error)) from error
    return trust


def _unreachable(order: Order, error: Exception) -> ServerUnreachable:
    where = place(order.url)
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateUntrusted(repr(error), place=where, reason=_doubt(error))
    return ServerUnreachable(repr(error), place=where, reason=_reason(error))


_DOUBTS = {
    9: "it is not valid yet",
    10: "it has run out",
    18: "the server signed it itself",
    19: "its issuer is not known here",
    20: "its issuer is not known here",
    21: "its issuer is not known here",
    62: "it was made for another name",
    64: "it was made for another address",
}
"""OpenSSL's numbers."""


def _doubt(error: ssl.SSLCertVerificationError) -> str:
    return _DOUBTS.get(error.verify_code, error.verify_message or "it can't be checked")


def _reason(error: Exception) -> str:
    if isinstance(error, _NoCertificate):
        return "the certificate file of this connection can't be read"
    if isinstance(error, ssl.SSLError):
        return "there is no encrypted connection at that address"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, socket.gaierror):
        return "there is no such address"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, OSError) and error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return "there is no way to it"
    if isinstance(error, http.client.HTTPException) and not isinstance(error, OSError):
        return "it does not speak HTTP"
    return "the connection broke"
