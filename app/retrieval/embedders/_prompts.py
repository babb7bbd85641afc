"""Words that some embedding models want before a text: which side it is on, what it is for.

They stand in the model's own files (`prompts` of sentence-transformers); GGUF files have no place
for them, so well known families are known by name here, as their authors' pages say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST = 400
_QUESTION = ("query", "search_query", "question", "retrieval.query", "web_search_query")
_PASSAGE = ("document", "passage", "search_document", "corpus", "retrieval.passage")
_REPRESENT = "Represent this sentence for searching relevant passages: "
_INSTRUCT = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
)


@dataclass(frozen=True, slots=True)
class Prompts:
    """What comes before a question, and before a passage."""

    question: str = ""
    passage: str = ""


# The first that all words of are in the model's name.
_FAMILIES: tuple[tuple[tuple[str, ...], Prompts], ...] = (
    (("e5", "instruct"), Prompts(_INSTRUCT + " ")),
    (("e5", "mistral"), Prompts(_INSTRUCT + " ")),
    (("e5-",), Prompts("query: ", "passage: ")),
    (("nomic-embed",), Prompts("search_query: ", "search_document: ")),
    (("arctic-embed", "v2"), Prompts("query: ")),
    (("arctic-embed",), Prompts(_REPRESENT)),
    (("mxbai-embed",), Prompts(_REPRESENT)),
    (("bge-m3",), Prompts()),
    (("bge-", "-zh"), Prompts("为这个句子生成表示以用于检索相关文章：")),
    (("bge-", "-en"), Prompts(_REPRESENT)),
    (("embeddinggemma",), Prompts("task: search result | query: ", "title: none | text: ")),
    (("qwen3-embedding",), Prompts(_INSTRUCT)),
)


def of_name(*names: str) -> Prompts:
    """Those of a family that one of the model's names belongs to."""
    for name in names:
        plain = name.lower().replace("_", "-").replace(" ", "-")
        for words, prompts in _FAMILIES:
            if all(word in plain for word in words):
                return prompts
    return Prompts()


def of_config(config: Mapping[str, object], *names: str) -> Prompts:
    """Those of a sentence-transformers config, or else by the model's names."""
    given = config.get("prompts")
    if not isinstance(given, dict) or not any(given.values()):
        return of_name(*names)
    return Prompts(_first(given, _QUESTION), _first(given, _PASSAGE))


def _first(given: Mapping[object, object], wanted: tuple[str, ...]) -> str:
    for name in wanted:
        text = given.get(name)
        if isinstance(text, str):
            return text[:_LONGEST]
    return ""
