"""Cutting text into pieces of so many tokens, whichever way the embedder counts them."""

from __future__ import annotations

from typing import Any


def splitter(tokenizer: Any, limit: int, markdown: bool = False) -> Any:
    """Of the library semantic-text-splitter. tokenizer: as Embedder.tokenizer gives it."""
    from semantic_text_splitter import MarkdownSplitter, TextSplitter
    from tokenizers import Tokenizer

    kind = MarkdownSplitter if markdown else TextSplitter
    if isinstance(tokenizer, Tokenizer):
        return kind.from_huggingface_tokenizer(tokenizer, limit)
    return kind.from_callback(tokenizer.count, limit)
