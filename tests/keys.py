"""A keyring in memory in place of the system's own, which tests must not touch."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class Keys(KeyringBackend):
    """Everything is gone with it."""

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


def in_memory() -> Iterator[Keys]:
    """For a fixture: one keyring, and the system's own again afterwards."""
    before = keyring.get_keyring()
    made = Keys()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)
