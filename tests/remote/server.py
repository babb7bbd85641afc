"""A server on this machine that speaks the OpenAI API as others do, and misbehaves when told to."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Answer = Callable[["Reply"], None]


@dataclass
class Reply:
    """What a test's answer writes with. body: of the request."""

    handler: BaseHTTPRequestHandler
    body: dict[str, Any]

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()

    def write(self, raw: bytes) -> None:
        self.handler.wfile.write(raw)
        self.handler.wfile.flush()

    def event(self, value: object) -> None:
        self.write(b"data: " + json.dumps(value).encode() + b"\n\n")

    def said(self, text: str, finish: str | None = None, **more: object) -> None:
        delta = {"content": text, **more} if text or not more else more
        self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def json(self, value: object, status: int = 200, **headers: str) -> None:
        self.begin(status, "application/json", **headers)
        self.write(json.dumps(value).encode())

    def usage(self, prompt: int, answer: int) -> None:
        self.event({"choices": [], "usage": {"prompt_tokens": prompt, "completion_tokens": answer}})

    def done(self) -> None:
        self.write(b"data: [DONE]\n\n")


def says(text: str, prompt: int = 12) -> Answer:
    """An answer word by word, as a well-behaved server gives it."""

    def answer(reply: Reply) -> None:
        words = text.split(" ")
        reply.begin()
        reply.event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]})
        for number, word in enumerate(words):
            reply.said(word if number == 0 else f" {word}")
        reply.said("", "stop")
        reply.usage(prompt, len(words))
        reply.done()

    return answer


@dataclass
class FakeServer:
    """asked: (path, key, body) of each request; answer: to the next questions; pages: JSON of
    other addresses, or (status, JSON)."""

    port: int = 0
    scheme: str = "http"
    models: list[dict[str, Any]] = field(
        default_factory=lambda: [{"id": "tiny-1", "object": "model", "owned_by": "someone"}]
    )
    pages: dict[str, Any] = field(default_factory=dict)
    answer: Answer = field(default_factory=lambda: says("Hello there."))
    key: str = ""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/v1"

    @property
    def questions(self) -> list[Any]:
        """Bodies of the requests for an answer."""
        return [body for path, _key, body in self.asked if path.endswith("completions")]


class _Handler(BaseHTTPRequestHandler):
    server_of: FakeServer

    def log_message(self, format: str, *args: object) -> None: ...

    def do_GET(self) -> None:
        self._take(None)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._take(json.loads(raw))

    def _take(self, body: Any) -> None:
        fake, key = self.server_of, self.headers.get("Authorization", "")
        fake.asked.append((self.path, key, body))
        reply = Reply(self, body or {})
        try:
            if fake.key and key != f"Bearer {fake.key}":
                reply.json({"error": {"message": "Invalid API Key", "code": 401}}, 401)
            elif self.path in fake.pages:
                page = fake.pages[self.path]
                if callable(page):
                    page(reply)
                elif isinstance(page, tuple):
                    reply.json(page[1], page[0])
                else:
                    reply.json(page)
            elif self.path == "/v1/models":
                reply.json({"object": "list", "data": fake.models})
            elif self.path in ("/v1/chat/completions", "/v1/completions"):
                fake.answer(reply)
            else:
                reply.json({"error": "not found"}, 404)
        except (BrokenPipeError, ConnectionResetError):
            fake.left.set()


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[FakeServer]:
    """A server for as long as the context lasts. certificate: with its key, for an encrypted one"""
    fake = FakeServer(scheme="https" if certificate else "http")
    handler = type("Handler", (_Handler,), {"server_of": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if certificate:
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(certificate)
        server.socket = own.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who hangs up
    fake.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield fake
    finally:
        fake.go.set()
        server.shutdown()
        server.server_close()
