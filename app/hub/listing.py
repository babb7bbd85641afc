"""What there is on the hub: repositories with GGUF files, and the files of one of them.

Everything in the answers was written by strangers. Only fields of the expected kind are taken, and
names that aren't plainly harmless are left out.
"""

from __future__ import annotations

import json
import re
from typing import Any

from huggingface_hub.hf_api import ModelInfo, RepoSibling
from huggingface_hub.utils._http import get_session, hf_raise_for_status

from app.core.errors import HubError
from app.core.hubnames import is_file_name, is_repository, is_sha256
from app.core.messages import HubFound, HubList, HubListing, HubSearch
from app.core.types import HubFile, HubRepository
from app.hub.client import headers, in_our_words

_MOST_FILES = 2000
_MOST_BYTES = 1 << 44
_MOST_ANSWER = 32 << 20
_Pair = tuple[str, str | int | float | bool | None]
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_LICENCE = "license:"
_WANTED = ["downloads", "likes", "gated", "tags", "gguf"]


def search(request: HubSearch, address: str) -> HubFound:
    """Errors: HubError tree."""
    query: list[_Pair] = [
        ("search", request.query),
        ("filter", "gguf"),
        ("sort", "downloads"),
        ("limit", request.limit),
        *(("expand", each) for each in _WANTED),
    ]
    with in_our_words("", address):
        found = _ask("/api/models", query, request.token, address)
        infos = [_info(each) for each in found[: request.limit]]
        repositories = tuple(_repository(info) for info in infos if is_repository(str(info.id)))
    return HubFound(repositories)


def files(request: HubList, address: str) -> HubListing:
    """Errors: HubError tree."""
    with in_our_words(request.repository, address):
        path = f"/api/models/{request.repository}"
        info = _info(_ask(path, [("blobs", "true")], request.token, address))
        siblings = (info.siblings or [])[:_MOST_FILES]
        listed = [file for file in map(_file, siblings) if file is not None]
        revision = str(info.sha)
        if not _COMMIT.fullmatch(revision):
            raise HubError(address=address, reason="it names no version of the files")
    return HubListing(_repository(info), revision, tuple(sorted(listed, key=lambda f: f.name)))


def _ask(path: str, query: list[_Pair], token: str, address: str) -> Any:
    """JSON from the hub, once and bounded: the library would try for half a minute and read
    without an end."""
    asked = headers(token, address)
    with get_session().stream("GET", address + path, params=query, headers=asked) as response:
        read = bytearray()
        for block in response.iter_bytes():
            read += block
            if len(read) > _MOST_ANSWER:
                raise ValueError("The answer is too long")
        hf_raise_for_status(response)
    return json.loads(read)


def _info(raw: Any) -> ModelInfo:
    made: ModelInfo = ModelInfo(**raw)  # type: ignore[no-untyped-call]
    return made


def _file(sibling: RepoSibling) -> HubFile | None:
    name = sibling.rfilename
    if not isinstance(name, str) or not is_file_name(name):
        return None
    lfs = sibling.lfs
    size = lfs.size if lfs else sibling.size
    known = lfs.sha256 if lfs else ""
    if not isinstance(size, int) or not 0 < size < _MOST_BYTES:
        return None
    return HubFile(name, size, known if isinstance(known, str) and is_sha256(known) else "")


def _repository(info: ModelInfo) -> HubRepository:
    tags = info.tags if isinstance(info.tags, list) else []
    named = [tag for tag in tags if isinstance(tag, str) and tag.startswith(_LICENCE)]
    gguf = info.gguf if isinstance(info.gguf, dict) else {}
    return HubRepository(
        id=str(info.id)[:200],
        downloads=_count(info.downloads),
        likes=_count(info.likes),
        licence=named[0].removeprefix(_LICENCE)[:80] if named else "",
        gated=bool(info.gated),
        parameters=_count(gguf.get("total")),
        context=_count(gguf.get("context_length")),
    )


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < 1 << 48 else 0
