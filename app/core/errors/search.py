"""What documents are searched with: models that read them, and a server that keeps the index."""

from __future__ import annotations

from app.core.errors.base import LoamError
from app.core.errors.models import ModelError


class NoEmbedder(ModelError):
    what = "The model that reads documents is missing ({path})."
    do = "Run 'make run' once to fetch it."


class BadEmbedder(NoEmbedder):
    """A model that a person chose and that makes no vectors of documents here."""

    what = "{path} can't be used to search documents by meaning: {reason}."
    do = "Choose the folder of a sentence-transformers model, or an embedding model in GGUF."


class BadReranker(ModelError):
    """A model that a person chose and that can't order passages here."""

    what = "{path} can't be used to put passages in order: {reason}."
    do = "Choose the folder of a cross-encoder, or a reranking model in GGUF, or none."


class IndexServerError(LoamError):
    """Something with a Chroma server that keeps the index by meaning. place: its address."""

    what = "The index server {place} did not answer as it should ({reason})."
    do = (
        "Searches look through all passages here meanwhile, which takes longer. The index there is "
        "brought up to date when it answers again."
    )


class IndexServerAway(IndexServerError):
    what = "The index server {place} can't be reached ({reason})."


class IndexServerDenied(IndexServerError):
    what = "The index server {place} does not accept the token ({reason})."
    do = (
        "Give it another one in Settings, Documents, or with 'documents index server'. Searches "
        "look through all passages here meanwhile."
    )


class IndexStays(IndexServerError):
    what = "The index would go to {place}, and you have not agreed to that."
    do = "Agree in Settings, Documents, or say --allow. It stays on this machine meanwhile."
