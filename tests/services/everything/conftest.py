"""A real Loam for all tests of a module: engine, index and their processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core.paths import Profile
from app.services.assemble import Loam, build
from tests import patience


@pytest.fixture(scope="module")
def loam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loam]:
    made = build(Profile(tmp_path_factory.mktemp("profile")).create())
    for child in (made.engine, made.retrieval):
        child._grace = patience.SECONDS
    yield made
    made.close()
