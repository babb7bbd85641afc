"""Secrets in the system's keyring, and nowhere else.

Where the system has no keyring (or it stays locked) a secret is refused rather than written into a
file.
"""

from __future__ import annotations

from app.core.errors import BadInput, NoKeyring

HUB_TOKEN = "model hub"
_SERVICE = "loam"
_LONGEST = 500


def get(name: str) -> str:
    """A secret, or '' when there is none or no keyring. May wait for the person to unlock it."""
    import keyring
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(_SERVICE, name) or ""
    except (KeyringError, OSError, RuntimeError):
        return ""


def put(name: str, value: str) -> None:
    """Keep a secret; an empty one is forgotten. Errors: NoKeyring, BadInput."""
    import keyring
    from keyring.errors import KeyringError, NoKeyringError, PasswordDeleteError

    value = value.strip()
    if len(value) > _LONGEST or not value.isascii() or any(c.isspace() for c in value):
        raise BadInput(problem="That does not look like an access token.")
    try:
        if value:
            keyring.set_password(_SERVICE, name, value)
        else:
            keyring.delete_password(_SERVICE, name)
    except PasswordDeleteError:
        return
    except NoKeyringError as error:
        raise NoKeyring(repr(error), reason="it has no keyring") from None
    except (KeyringError, OSError, RuntimeError) as error:
        raise NoKeyring(repr(error), reason="its keyring is locked or broken") from None
