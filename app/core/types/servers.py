"""Servers that answer in place of a model on this machine."""

from __future__ import annotations

from dataclasses import dataclass

SERVER_CONTEXT = 4096
"""Tokens that a model on a server is taken to keep in mind when nobody says how many."""


@dataclass(frozen=True, slots=True)
class ServerModel:
    """A model by its server's own name. context: tokens it can keep in mind, 0 where the server
    does not tell."""

    name: str
    context: int = 0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that speaks the OpenAI API, and the models of it that a person chose.

    certificate: file of the certificates that are trusted for it, '' for those of the system;
    title: what the person calls it; kind: 'llama.cpp', 'vllm', 'ollama', 'lmstudio' or '' for any
    other; has_key: its key is in the keyring; documents: the person agreed that passages of
    documents go there."""

    address: str
    title: str = ""
    models: tuple[ServerModel, ...] = ()
    kind: str = ""
    has_key: bool = False
    documents: bool = False
    certificate: str = ""
