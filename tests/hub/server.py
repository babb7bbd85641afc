"""A model hub on this machine that answers as the real one does, and misbehaves when told to."""

from __future__ import annotations

import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

COMMIT = "a" * 40
REPOSITORY = "someone/Tiny-GGUF"


def gguf(size: int, seed: int = 0) -> bytes:
    """A file of `size` bytes that reads as a model."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    head = text("general.architecture") + struct.pack("<I", 8) + text("llama")
    body = hashlib.sha256(str(seed).encode()).digest() * (size // 32 + 1)
    tensor = text("weights") + struct.pack("<IQQIQ", 2, 8, 8, 0, 0)
    made = b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + head + tensor
    return (made + body)[:size]


@dataclass
class Hub:
    """files: content by name. Every request is kept in `seen` as (host port, path, headers)."""

    files: dict[str, bytes] = field(default_factory=dict)
    search: list[dict[str, Any]] = field(default_factory=list)
    siblings: list[dict[str, Any]] | None = None  # instead of those of `files`
    status: int = 0  # answer everything so
    error_code: str = ""
    cut_after: int = 0  # break the connection there, once
    hold_after: int = 0  # send nothing of a file beyond that until `go`
    whole_only: bool = False  # ignore ranges
    extra: bytes = b""  # sent after the file
    swap: bytes = b""  # sent instead of the file
    go: threading.Event = field(default_factory=threading.Event)
    seen: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    hub_port: int = 0
    store_port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.hub_port}"

    def asked(self, start: str) -> list[dict[str, str]]:
        """Headers of all requests for paths that begin so."""
        return [headers for _port, path, headers in self.seen if path.startswith(start)]

    def info(self) -> dict[str, Any]:
        made = [
            {
                "rfilename": name,
                "size": len(data),
                "blobId": "b" * 40,
                "lfs": {
                    "size": len(data),
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "pointerSize": 134,
                },
            }
            for name, data in self.files.items()
        ]
        return {
            "id": REPOSITORY, "sha": COMMIT, "downloads": 12, "likes": 3, "gated": False,
            "tags": ["gguf", "license:mit"],
            "siblings": made if self.siblings is None else self.siblings,
        }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        hub, parts = self.hub, urlsplit(self.path)
        port = int(self.server.server_address[1])  # type: ignore[index]
        hub.seen.append((port, parts.path, {k.lower(): v for k, v in self.headers.items()}))
        if hub.status:
            self._answer(hub.status, {"X-Error-Code": hub.error_code}, b"{}")
        elif parts.path == "/api/models":
            hub.seen[-1][2]["query"] = json.dumps(parse_qs(parts.query))
            self._json(hub.search)
        elif parts.path == f"/api/models/{REPOSITORY}":
            self._json(hub.info())
        elif parts.path.startswith(f"/{REPOSITORY}/resolve/{COMMIT}/"):
            name = parts.path.split(COMMIT + "/", 1)[1]
            to = f"http://127.0.0.1:{hub.store_port}/store/{name}?signed=1"
            self._answer(302, {"Location": to, "X-Repo-Commit": COMMIT}, b"")
        elif parts.path.startswith("/store/"):
            self._file(hub.files[parts.path.removeprefix("/store/")])
        else:
            self._answer(404, {"X-Error-Code": "RepoNotFound"}, b"{}")

    def _file(self, data: bytes) -> None:
        hub = self.hub
        size, data = len(data), hub.swap or data
        asked = self.headers.get("Range", "")
        first, _, last = asked[6:].partition("-")
        start = 0 if hub.whole_only or not asked else int(first)
        end = size if hub.whole_only or not last else min(size, int(last) + 1)
        body = data[start:end] + hub.extra
        part = bool(start or end < size)
        self.send_response(206 if part else 200)
        if part:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        if not hub.extra:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if hub.cut_after:
            stop, hub.cut_after = hub.cut_after, 0
            self.wfile.write(body[:stop])
            return
        if hub.hold_after and not hub.go.is_set():
            # One that asks again, since nothing came for long, gets no more than before.
            held = max(0, hub.hold_after - start)
            self.wfile.write(body[:held])
            self.wfile.flush()
            hub.go.wait(120)
            body = body[held:]
        with suppress(OSError):
            self.wfile.write(body)

    def _json(self, value: object) -> None:
        self._answer(200, {"Content-Type": "application/json"}, json.dumps(value).encode())

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running() -> Iterator[Hub]:
    """The hub on one port, and the store that it sends to on another."""
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
    hub.hub_port, hub.store_port = (server.server_address[1] for server in servers)
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield hub
    finally:
        hub.go.set()
        for server in servers:
            server.shutdown()
            server.server_close()
