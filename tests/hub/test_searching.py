"""Asking the hub: what is taken from its answers, what is told when it fails."""

from __future__ import annotations

import json
import socket

import keyring
import pytest
from keyring.backends import fail

from app.core.errors import (
    BadInput,
    HubBusy,
    HubDenied,
    HubError,
    HubMissing,
    HubTokenRefused,
    HubUnreachable,
    LoamError,
    NoKeyring,
)
from app.core.messages import HubFound, HubList, HubListing, HubSearch
from app.hub import listing
from app.hub.client import token_for
from app.services.hub import HubService, checked_address
from app.services.preferences import SettingsService
from tests.hub.server import COMMIT, REPOSITORY, Hub, gguf
from tests.keys import Keys

SECRET = "hf_secretsecret"


def _found(service: HubService, query: str = "tiny") -> HubFound:
    (found,) = service.search(query)
    assert isinstance(found, HubFound)
    return found


def _listing(service: HubService) -> HubListing:
    (found,) = service.files(REPOSITORY)
    assert isinstance(found, HubListing)
    return found


def test_a_search(hub: Hub, service: HubService) -> None:
    hub.search = [
        {"id": REPOSITORY, "downloads": 5, "likes": 2, "tags": ["license:mit"], "gated": "manual",
         "gguf": {"total": 135_000_000, "context_length": 8192}},
        {"id": "../../etc/passwd", "downloads": 5},
        {"id": "x/Odd-GGUF", "downloads": "many", "tags": 7, "gguf": {"total": -1}},
    ]  # fmt: skip
    first, odd = _found(service).repositories
    assert (first.id, first.downloads, first.licence, first.gated) == (REPOSITORY, 5, "mit", True)
    assert (first.parameters, first.context) == (135_000_000, 8192)
    assert (odd.downloads, odd.licence, odd.parameters) == (0, "", 0)
    (sent,) = hub.asked("/api/models")
    query = json.loads(sent["query"])
    assert (query["search"], query["filter"], query["sort"]) == (["tiny"], ["gguf"], ["downloads"])
    assert "authorization" not in sent


def test_the_files_of_a_repository(hub: Hub, service: HubService) -> None:
    hub.files = {"b-Q8_0.gguf": gguf(500), "a.gguf": gguf(400)}
    made = hub.info()["siblings"]
    hub.siblings = [
        *made,
        {"rfilename": "../../evil.gguf", "size": 5, "lfs": made[0]["lfs"]},
        {"rfilename": "README.md", "size": 5},
        {"rfilename": "no-size.gguf"},
        {"rfilename": "no-hash.gguf", "size": 50},
    ]
    found = _listing(service)
    assert [f.name for f in found.files] == ["a.gguf", "b-Q8_0.gguf", "no-hash.gguf"]
    assert [f.size_bytes for f in found.files] == [400, 500, 50]
    assert [len(f.sha256) for f in found.files] == [64, 64, 0]
    assert found.revision == COMMIT


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, "GatedRepo", HubDenied),
        (401, "", HubDenied),
        (403, "", HubDenied),
        (401, "RepoNotFound", HubMissing),
        (404, "", HubMissing),
        (429, "", HubBusy),
        (500, "", HubError),
    ],
)
def test_what_the_hub_refuses(
    hub: Hub, status: int, code: str, error: type[LoamError], monkeypatch: pytest.MonkeyPatch
) -> None:
    # In this process: seven children would take as many seconds.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    hub.status, hub.error_code = status, code
    with pytest.raises(error) as caught:
        listing.files(HubList(REPOSITORY), hub.address)
    assert type(caught.value) is error
    assert "{" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (401, "", "it wants an access token"),
        (404, "RepoNotFound", "there is no model hub at this address"),
        (503, "", "it has no time now"),
        (500, "", "it answered with code 500"),
    ],
)
def test_a_search_that_is_refused_speaks_of_the_hub_not_of_its_words(
    hub: Hub, status: int, code: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    hub.status, hub.error_code = status, code
    with pytest.raises(HubError) as caught:
        listing.search(HubSearch("qwen 4b"), hub.address)
    assert type(caught.value) is HubError
    assert said in str(caught.value)
    assert "qwen" not in str(caught.value)


def test_a_token_that_is_not_taken_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    hub.status = 401
    for asked in (
        lambda: listing.search(HubSearch("x", token=SECRET), hub.address),
        lambda: listing.files(HubList(REPOSITORY, SECRET), hub.address),
    ):
        with pytest.raises(HubTokenRefused, match="does not take the access token") as caught:
            asked()
        assert SECRET not in str(caught.value) + caught.value.detail
    hub.error_code = "GatedRepo"  # it knows who asks, and wants its terms accepted
    with pytest.raises(HubDenied, match="does not give") as denied:
        listing.files(HubList(REPOSITORY, SECRET), hub.address)
    assert type(denied.value) is HubDenied


def test_answers_that_make_no_sense(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    hub.siblings = [{"size": 4}]
    with pytest.raises(HubError, match="makes no sense"):
        listing.files(HubList(REPOSITORY), hub.address)
    hub.search = [{"likes": 4}]
    with pytest.raises(HubError, match="makes no sense"):
        listing.search(HubSearch("x"), hub.address)
    monkeypatch.setattr(listing, "_MOST_ANSWER", 5)
    with pytest.raises(HubError, match="makes no sense"):
        listing.search(HubSearch("x"), hub.address)


def test_nobody_answers(settings: SettingsService, service: HubService) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.change(hub_address=f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(HubUnreachable, match="no connection"):
            _found(service)


def test_a_proxy_is_asked(hub: Hub, settings: SettingsService, service: HubService) -> None:
    settings.change(hub_address="http://hub.invalid", proxy=hub.address)
    assert _found(service).repositories == ()
    assert hub.asked("/api/models")[0]["host"] == "hub.invalid"


def test_the_token_goes_to_the_hub_and_lies_in_the_keyring(
    hub: Hub, service: HubService, keys: Keys
) -> None:
    service.set_token(f" {SECRET}\n")
    assert list(keys.kept.values()) == [SECRET]
    _found(service)
    assert hub.asked("/api/models")[0]["authorization"] == f"Bearer {SECRET}"
    hub.status = 500
    with pytest.raises(HubError) as caught:
        _found(service)
    assert SECRET not in caught.value.detail + str(caught.value)
    service.set_token("")
    service.set_token("")
    assert keys.kept == {}


def test_without_a_keyring_a_token_is_refused(service: HubService) -> None:
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    with pytest.raises(NoKeyring, match="no keyring"):
        service.set_token(SECRET)
    assert service.token() == ""


def test_a_token_never_goes_over_an_open_line() -> None:
    assert token_for(SECRET, "http://mirror.example") is False
    assert token_for(SECRET, "https://mirror.example") == SECRET
    assert token_for("", "https://mirror.example") is False


def test_addresses(service: HubService, settings: SettingsService) -> None:
    assert checked_address(" https://hf-mirror.com/ ") == "https://hf-mirror.com"
    for bad in (
        "hf-mirror.com",
        "ftp://x",
        "https://",
        "https://a b",
        "http://x:99999",
        "file:///",
    ):
        with pytest.raises(BadInput):
            checked_address(bad)
    with pytest.raises(BadInput, match="owner/name"):
        list(service.files("../x"))
    settings.change(hub_address="nonsense")
    with pytest.raises(BadInput, match="nonsense"):
        _found(service)
