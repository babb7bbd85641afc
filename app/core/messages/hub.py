"""What the hub's child is asked, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.gguf import Header
    from app.core.types.models import HubFile, HubRepository


@dataclass(frozen=True, slots=True)
class HubSearch:
    """Repositories with GGUF files, most downloaded first. Events: one HubFound. Errors: HubError
    tree."""

    query: str
    limit: int = 20
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HubList:
    """The GGUF files of a repository as they are now. Events: one HubListing. Errors: HubError
    tree."""

    repository: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HubFetch:
    """Get one file: append to `part` what is missing, check all of it, and only then rename it to
    `target`. Events: Progress in bytes, at last Fetched; stopped before that, `part` stays and is
    gone on with the next time. Errors: HubError tree, StoreError."""

    repository: str
    revision: str
    name: str
    size_bytes: int
    sha256: str
    part: str
    target: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HubLook:
    """Read the header of one file, without downloading more of it. Events: Progress, at last one
    HubHeader. Errors: HubError tree, NotAModel."""

    repository: str
    revision: str
    name: str
    size_bytes: int
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HubHeader:
    """name: of the file; header: without long texts."""

    name: str
    header: Header


@dataclass(frozen=True, slots=True)
class HubFound:
    repositories: tuple[HubRepository, ...]


@dataclass(frozen=True, slots=True)
class HubListing:
    """revision: the commit that the files belong to."""

    repository: HubRepository
    revision: str
    files: tuple[HubFile, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    path: str
