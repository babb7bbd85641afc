"""A hub on this machine, and the services over a fresh profile that ask it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.paths import Profile
from app.services.downloads import DownloadService
from app.services.hub import HubService
from app.services.preferences import SettingsService
from tests.hub.server import Hub, running
from tests.keys import Keys, in_memory


@pytest.fixture(autouse=True)
def keys() -> Iterator[Keys]:
    yield from in_memory()


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
