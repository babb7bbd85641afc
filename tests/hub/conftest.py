"""A hub on this machine, and the services over a fresh profile that ask it."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from app.core.paths import Profile
from app.services.downloads import DownloadService
from app.services.hub import HubService
from app.services.preferences import SettingsService
from tests.hub.server import Hub, running


class Keys(KeyringBackend):
    """A keyring in memory: the system's own must not be touched by tests."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture(autouse=True)
def keys() -> Iterator[Keys]:
    before = keyring.get_keyring()
    made = Keys()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running() as hub:
        yield hub


@pytest.fixture
def settings(profile: Profile, hub: Hub) -> SettingsService:
    made = SettingsService(profile.settings)
    made.change(hub_address=hub.address)
    return made


@pytest.fixture
def service(profile: Profile, settings: SettingsService) -> HubService:
    return HubService(settings, profile.logs)


@pytest.fixture
def downloads(profile: Profile, service: HubService) -> DownloadService:
    return DownloadService(service, profile.models)
