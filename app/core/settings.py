"""Settings: one typed declaration each (declared.py), from which the dialog and `--set` are made.

A bad value in the file falls back to its default and is reported; unknown keys, such as those of
a newer Loam, are kept.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.core.declared import Section, checked
from app.core.declared import shown_setting as _shown
from app.core.errors import SettingRejected
from app.core.files import write_atomically


class Theme(StrEnum):
    """Colours of the window."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class WhenFull(StrEnum):
    """What becomes of a chat that no longer fits the model's context."""

    LEAVE_OUT = "leave out the oldest"
    SUM_UP = "sum up the oldest"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings with their defaults. Frozen: `changed()` gives the next ones."""

    theme: Theme = _shown(
        Theme.SYSTEM, Section.APPEARANCE, "Theme", "Light, dark, or what the system uses."
    )
    font_percent: int = _shown(
        100,
        Section.APPEARANCE,
        "Text size (%)",
        "Size of all text, in percent of the system's.",
        minimum=75,
        maximum=200,
        step=5,
    )
    reduce_motion: bool = _shown(
        False, Section.APPEARANCE, "Reduce motion", "Show changes at once, without movement."
    )
    system_prompt: str = _shown(
        "You are a helpful assistant.",
        Section.CHATS,
        "System prompt",
        "Instructions that the model gets before every new chat.",
        lines=3,
    )
    temperature: float = _shown(
        0.3,
        Section.CHATS,
        "Temperature",
        "Low values answer soberly and alike, high values more freely.",
        minimum=0.0,
        maximum=2.0,
        step=0.05,
    )
    max_tokens: int = _shown(
        1024,
        Section.CHATS,
        "Longest answer (tokens)",
        "An answer ends here at the latest. A token is about three quarters of a word.",
        minimum=0,
        maximum=32768,
        step=64,
        zero="No limit",
    )
    when_full: WhenFull = _shown(
        WhenFull.LEAVE_OUT,
        Section.CHATS,
        "When a chat is full",
        "What happens to a chat that is longer than the model can keep in mind. Under the answer "
        "it says so. Summing up takes the model some time.",
    )
    only_documents: bool = _shown(
        True,
        Section.DOCUMENTS,
        "Answer only from my documents",
        "While a collection is attached, a question it does not cover is declined.",
    )
    passages: int = _shown(
        0,
        Section.DOCUMENTS,
        "Passages per answer",
        "How many passages the model reads for an answer; automatic: as many as it handles. Small "
        "models do better with few.",
        minimum=0,
        maximum=12,
        zero="Automatic",
    )
    picture_languages: str = _shown(
        "eng",
        Section.DOCUMENTS,
        "Languages of scanned pages",
        "Which languages to expect in scans and pictures of text, such as eng or eng+deu; with "
        "several, reading takes longer. None: pictures are not read.",
        offers="picture languages",
    )
    embedding_model: str = _shown(
        "",
        Section.DOCUMENTS,
        "Embedding model",
        "Compares questions and passages by their meaning. After a change your documents are "
        "prepared anew in the background, from the texts that Loam holds; until then searches use "
        "the model before.",
        offers="embedding models",
    )
    meaning_share: float = _shown(
        0.6,
        Section.DOCUMENTS,
        "Weight of meaning",
        "How much nearness in meaning counts when passages are searched, against matching words: "
        "0 only words, 1 only meaning. Your test cases tell which does best on your documents.",
        minimum=0.0,
        maximum=1.0,
        step=0.05,
    )
    reranker: str = _shown(
        "",
        Section.DOCUMENTS,
        "Reranking model",
        "Reads the question with each of the 30 best passages and puts them in order, which finds "
        "more and takes longer. A model of the kind called cross-encoder or reranker.",
        offers="reranker",
    )
    relevance: float = _shown(
        0.4,
        Section.DOCUMENTS,
        "Relevance needed",
        "How near the best passage must come to the question, in meaning and in words (0 to 1), "
        "for an answer.",
        minimum=0.0,
        maximum=0.9,
        step=0.01,
    )
    index_server: str = _shown(
        "",
        Section.DOCUMENTS,
        "Chroma server address",
        "Where the index by meaning is kept: on this machine, or on a Chroma server, for libraries "
        "that are too large for this one. Words are always searched here.",
        offers="index server",
    )
    model: str = _shown(
        "",
        Section.MODEL,
        "Default model",
        "The model that new chats use, of those under My Models and on servers.",
        offers="models",
    )
    context_length: int = _shown(
        4096,
        Section.MODEL,
        "Context length (tokens)",
        "How much the model can keep in mind at once. More needs more memory.",
        minimum=512,
        maximum=131072,
        step=512,
    )
    gpu_layers: int = _shown(
        -1,
        Section.MODEL,
        "GPU layers",
        "How many of the model's layers run on the graphics card, where there is one.",
        minimum=-1,
        maximum=999,
        zero="All that fit",
    )
    threads: int = _shown(
        0,
        Section.MODEL,
        "Processor threads",
        "How many processor cores the model may use.",
        minimum=0,
        maximum=256,
        zero="All cores",
    )
    saved_chats_gb: float = _shown(
        2.0,
        Section.MODEL,
        "Disk for reopened chats (GB)",
        "Keeps what the model has read of long chats, so that they go on at once. From the next "
        "start on.",
        minimum=0.0,
        maximum=100.0,
        step=0.5,
        zero="Keep nothing",
    )
    hub_address: str = _shown(
        "",
        Section.MODEL,
        "Model hub address",
        "Where models are searched and downloaded. Empty: Hugging Face, https://huggingface.co.",
    )
    proxy: str = _shown(
        "",
        Section.MODEL,
        "Proxy for downloads",
        "Such as http://proxy.example:3128. Empty: what the system uses.",
    )
    other_machines: str = _shown(
        "",
        Section.DEVICES,
        "Other machines that may help",
        "Addresses of llama.cpp's rpc-server, such as 192.168.1.7:50052, with commas between them. "
        "For models that are too large for this machine.",
    )
    other_machines_help: bool = _shown(
        False,
        Section.DEVICES,
        "Let other machines help",
        "Parts of the model, and what it computes of your text, go to those machines without "
        "encryption. Use it only in a network that you trust.",
    )
    look_for_updates: bool = _shown(
        False,
        Section.UPDATES,
        "Look for new versions",
        "Asks the project's page once a day and tells you when there is one; nothing is installed, "
        "and nothing about you or this machine is sent.",
    )
    welcomed: bool = False
    # What belongs to index_server and is chosen with it: the address that the person agreed to, the
    # one whose token is in the keyring, and which tenant and database there.
    index_server_agreed: str = ""
    index_server_token: str = ""
    index_server_tenant: str = ""
    index_server_database: str = ""

    def changed(self, **values: object) -> Settings:
        """These settings with some values replaced. Errors: SettingRejected."""
        good: dict[str, Any] = {k: checked(k, v, Settings) for k, v in values.items()}
        return dataclasses.replace(self, **good)


def load(path: Path) -> tuple[Settings, list[SettingRejected]]:
    """Settings from a file, and what had to fall back. A missing file is all defaults."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict):
            raise ValueError("not an object")
    except FileNotFoundError:
        return Settings(), []
    except (OSError, ValueError) as error:
        problem = SettingRejected(repr(error), key=path.name, value="unreadable", default="all")
        return Settings(), [problem]
    values: dict[str, Any] = {}
    rejected = []
    for known in fields(Settings):
        if known.name in raw:
            try:
                values[known.name] = checked(known.name, raw[known.name], Settings)
            except SettingRejected as error:
                rejected.append(SettingRejected(error.detail, **error.params))
    return Settings(**values), rejected


def save(path: Path, settings: Settings) -> None:
    """Write all settings, atomically, keeping keys that this version doesn't know.
    Errors: OSError."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        kept = raw if isinstance(raw, dict) else {}
    except (OSError, ValueError):
        kept = {}
    kept.update(dataclasses.asdict(settings))
    write_atomically(path, json.dumps(kept, indent=2, ensure_ascii=False).encode())
