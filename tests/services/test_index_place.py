"""Where the index lives: what the settings say, and what is asked before anything leaves."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest

from app.cli import main
from app.core.errors import BadInput, IndexStays
from app.core.paths import Profile
from app.services import index_place
from app.services.assemble import build
from app.services.preferences import SettingsService
from tests import keys

FAR = "http://192.0.2.7:8000"


@pytest.fixture
def keyring() -> Iterator[keys.Keys]:
    yield from keys.in_memory()


def test_nothing_goes_to_another_machine_without_leave(
    profile: Profile, keyring: keys.Keys
) -> None:
    settings = SettingsService(profile.settings)
    assert index_place.server(settings.current) is None
    # An address alone, however it came into the settings, is not leave.
    settings.change(index_server=FAR)
    assert index_place.where(settings.current).waits
    assert index_place.server(settings.current) is None
    settings.change(index_server_agreed="http://192.0.2.8:8000")
    assert index_place.server(settings.current) is None
    settings.change(index_server_agreed=FAR)
    server = index_place.server(settings.current)
    assert server is not None
    assert server.address == FAR
    # A server on this machine needs none.
    settings.change(index_server="localhost:8000", index_server_agreed="")
    server = index_place.server(settings.current)
    assert server is not None
    assert server.address == "http://localhost:8000"
    settings.change(index_server="not an address")
    assert index_place.server(settings.current) is None


def test_using_a_server_asks_and_keeps_the_token_in_the_keyring(
    profile: Profile, keyring: keys.Keys
) -> None:
    with contextlib.closing(build(profile)) as loam:
        with pytest.raises(IndexStays):
            loam.index_place.use(FAR)
        for wrong in (f"{FAR}/api", "ftp://somewhere", "http://me:secret@there:8000"):
            with pytest.raises(BadInput):
                loam.index_place.use(wrong, agreed=True)
        assert loam.retrieval.pid is None

        closed = "http://127.0.0.1:9"
        report = loam.index_place.use(closed, "sesame", tenant="mine")
        assert report.server == closed
        assert list(keyring.kept.values()) == ["sesame"]
        assert "sesame" not in profile.settings.read_text("utf-8")
        kept = index_place.server(SettingsService(profile.settings).current)
        assert kept is not None
        assert (kept.token, kept.tenant) == ("sesame", "mine")
        assert "sesame" not in repr(kept)
        # Nobody is there who could delete it: that is said, and the index is back all the same.
        assert loam.index_place.back() is not None
        assert not keyring.kept
        assert loam.library.health().server == ""


def test_the_terminal_says_where_the_index_is(
    profile: Profile, keyring: keys.Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    start = ["--profile", str(profile.root), "documents", "index"]
    assert main.run([*start, "server", "http://127.0.0.1:9", "--test"]) == 1
    assert "can't be reached" in capsys.readouterr().err
    SettingsService(profile.settings).change(index_server=FAR)
    assert main.run([*start, "show", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["server"], said["chosen"], said["waits_for_leave"]) == ("", FAR, True)
