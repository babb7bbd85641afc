"""What a repository, a file and a hash of a model hub may look like.

Names come from strangers and become paths on the person's disk and parts of addresses: what isn't
plainly harmless on every system is turned away.
"""

from __future__ import annotations

import re

_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_REPOSITORY = re.compile(rf"{_PART}/{_PART}")
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9 ._+@()\[\],=-]{0,190}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SPLIT = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf", re.IGNORECASE)
# Windows takes these for devices, whatever comes after the first dot.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_MOST_PARTS = 200


def is_repository(text: str) -> bool:
    """Whether `text` is 'owner/name'."""
    return bool(_REPOSITORY.fullmatch(text)) and ".." not in text and not text.endswith(".git")


def is_file_name(text: str) -> bool:
    """Whether `text` names a GGUF file in a repository, in folders or not."""
    segments = text.split("/")
    return (
        text.lower().endswith(".gguf")
        and 1 <= len(segments) <= 4
        and all(_is_segment(segment) for segment in segments)
    )


def local_name(text: str) -> str:
    """What a file of a repository is called on the disk: its name without folders."""
    return text.rpartition("/")[2]


def is_sha256(text: str) -> bool:
    """Whether `text` is a SHA-256 in lower-case hex digits."""
    return bool(_SHA256.fullmatch(text))


def all_parts(name: str) -> tuple[str, ...]:
    """All files of the model that `name` belongs to: itself, or all parts when it is split, the
    first first. Empty when the numbers in its name make no sense."""
    match = _SPLIT.fullmatch(name)
    if match is None:
        return (name,)
    number, count = int(match[2]), int(match[3])
    if not 1 <= number <= count <= _MOST_PARTS:
        return ()
    suffix = name[-5:]
    return tuple(f"{match[1]}-{n:05d}-of-{count:05d}{suffix}" for n in range(1, count + 1))


def _is_segment(segment: str) -> bool:
    return (
        bool(_SEGMENT.fullmatch(segment))
        and not segment.endswith((" ", "."))
        and not _DEVICES.fullmatch(segment)
    )
