"""Asking for a new version, against a server on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from app.services.updates import CannotAsk, NoReleases, Release, UpdateService


class Server:
    """Answers with `status`, `headers` and `body`, and remembers what it was sent."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 200, {}, b"{}"
        self.asked: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers.items())))
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/releases.json"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    headers: dict[str, str]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Gives the project's metadata an address for releases, or none."""

    def name(address: str) -> None:
        about = Message()
        about["Project-URL"] = "Homepage, https://loam.invalid"
        if address:
            about["Project-URL"] = f"Releases, {address}"
        monkeypatch.setattr(metadata, "metadata", lambda _package: about)

    return name


@pytest.fixture
def server(named: Callable[[str], None]) -> Iterator[Server]:
    made = Server()
    named(made.address)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def updates(tmp_path: Path) -> UpdateService:
    return UpdateService(tmp_path / "updates.json", lambda: "http://127.0.0.1:9")


def _look(updates: UpdateService) -> Release:
    (found,) = updates.look()
    return found


def test_a_newer_version_is_told_with_its_page(server: Server, updates: UpdateService) -> None:
    page = server.address.replace("releases.json", "0.9.html")
    server.body = json.dumps({"version": "99.1", "page": page}).encode()
    assert updates.due()
    assert _look(updates) == Release("99.1", True, page)
    assert not updates.due()
    (path, headers) = server.asked[0]
    assert path == "/releases.json"  # nothing about the person or the machine
    assert set(headers) <= {"Accept-Encoding", "Host", "User-Agent", "Connection", "Accept"}
    assert headers["User-Agent"] == "Loam"


@pytest.mark.parametrize("told", ["0.0.1", "v0.1", "0.1.0"])
def test_an_old_version_is_no_news(server: Server, updates: UpdateService, told: str) -> None:
    server.body = json.dumps({"tag_name": told, "html_url": "https://elsewhere.example/"}).encode()
    found = _look(updates)
    assert not found.newer
    assert found.page == ""  # of another host


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "no sense"),
        (b"[" * 50_000, "no sense"),
        (b'"9.9"', "names no version"),
        (b'{"version": "9.9<script>"}', "names no version"),
        (b'{"version": "' + b"9" * 70_000 + b'"}', "too long"),
    ],
)
def test_what_is_no_answer_is_refused(
    server: Server, updates: UpdateService, body: bytes, reason: str
) -> None:
    server.body = body
    with pytest.raises(CannotAsk, match=reason):
        _look(updates)


def test_it_is_led_nowhere_else(server: Server, updates: UpdateService) -> None:
    server.status, server.headers = 302, {"Location": "http://localhost:9/elsewhere"}
    with pytest.raises(CannotAsk, match="somewhere else"):
        _look(updates)
    server.status, server.headers = 404, {}
    with pytest.raises(CannotAsk, match="Not Found"):
        _look(updates)


def test_without_a_safe_address_nothing_is_asked(
    updates: UpdateService, named: Callable[[str], None]
) -> None:
    named("")
    with pytest.raises(NoReleases):
        _look(updates)
    for unsafe in ("http://loam.invalid/r.json", "file:///etc/passwd"):
        named(unsafe)
        with pytest.raises(CannotAsk, match="safe"):
            _look(updates)
