"""Which questions ask about all documents at once: plain rules from resources/question_words.toml.

Precision matters more than finding all: a question that a single passage answers must not start a
run over the whole library, and a person can ask for one by a click. Limits: the languages of the
file; one sentence; a question with a condition ('all dates after May') is taken only as a list
that a model makes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from app.core import paths
from app.services.everything.wishes import Kind, Wish

_FILE = "question_words.toml"
_LONGEST = 240
_QUOTED = re.compile(r"[\"“”„«»‘’](.+?)[\"“”«»‘’]|(?<!\w)'(.+?)'(?!\w)")
_ANY = {
    "X": r"(?P<x>\S.*?)",
    "Y": r"(?P<y>\S.*?)",
    "FILE": r"(?P<file>\S+\.\w{2,8})",
}
_AFTER = re.compile(
    r" (?:are there|there are|do we have|exist|can be found|gibt es|vorkommen|y a-t-il|hay)$",
    re.IGNORECASE,
)
_OTHERS = ("x", "y", "file")
_LEADING = re.compile(
    r"^(?:(?:the|a|an|any|some|our|my|das|der|die|den|dem|le|la|les|el|los|las|un|une|una) )?"
    r"(?:(?:words?|terms?|names?|phrases?|wort|begriff|namen?|mot|terme|nom|palabra|nombre)"
    r"(?: of)? )?(?:(?:information|details|anything|something|infos?|informationen) "
    r"(?:about|on|regarding|über|sur|sobre) )?(?:the |a |an )?",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r" (?:in (?:(?:all|the|my|these|our) )*(?:documents?|files?|texts?|collection|library)"
    r"|anywhere|at all)$",
    re.IGNORECASE,
)
_OR = re.compile(r" (?:or|oder|ou|o) ", re.IGNORECASE)
_AND = re.compile(r"\s*,\s*(?:and |und |et |y )?| (?:and|und|et|y) ", re.IGNORECASE)
_COUNTING = re.compile(
    r"^(?:in )?(?:how many|how often|count|wie viele[nr]?|wie oft|in wie vielen|zähle|combien"
    r"|dans combien|(?:en )?cuánt[oa]s|(?:what is )?the (?:total )?number|number of)",
    re.IGNORECASE,
)
# 'How many people are in a team?' counts one thing in one place, whatever its words.
_OTHER_CONDITIONS = re.compile(
    r"\b(?:each other|per (?:day|week|month|year|person)|when|because|if)\b", re.IGNORECASE
)


def recognise(question: str) -> Wish | None:
    """What a question asks of all documents; None when it is one for the best passages."""
    text = _plain(question)
    if not text or len(text) > _LONGEST:
        return None
    for language in _languages():
        said = language.without_politeness(text)
        for kind, pattern, unsure in language.rules:
            match = pattern.fullmatch(said)
            if match and (wish := _wish(kind, match, question, said)):
                wish = language.of_any(wish) if kind is Kind.SUM else wish
                wish = language.apart(wish) if kind in (Kind.LIST, Kind.COUNT) else wish
                typed = wish.values or language.typed(wish.subject)
                return replace(wish, values=typed, unsure=unsure)
    return None


def kind_of_attribute(attribute: str) -> str:
    """The kind of value that an attribute has ('price': amounts); '' when code can't tell."""
    for language in _languages():
        if kind := language.attribute(attribute):
            return kind
    return ""


def is_about_the_text(heading: str) -> bool:
    """Whether a heading is none of the things a document lists: 'How to sign up', 'Overview'."""
    return any(language.is_about_the_text(heading) for language in _languages())


def _wish(kind: Kind, match: re.Match[str], question: str, said: str) -> Wish | None:
    found = {name: value or "" for name, value in match.groupdict().items()}
    values = next((name for name, value in found.items() if name not in _OTHERS and value), "")
    counting = bool(_COUNTING.match(said))
    names = (found["file"],) if found.get("file") else ()
    subject = _AFTER.sub("", found.get("x", "")).strip()
    if kind in (Kind.FILES_WITH, Kind.MENTIONS):
        terms = _terms(subject)
        return Wish(kind, question, terms=terms, counting=counting) if terms else None
    if kind in (Kind.LIST, Kind.COUNT) and (
        len(subject) < 3 or len(subject.split()) > 12 or _OTHER_CONDITIONS.search(subject)
    ):
        return None
    if kind is Kind.SUM:
        what = _LEADING.sub("", subject)
        if len(what.split()) > 6 or _OTHER_CONDITIONS.search(subject):
            return None
        return Wish(kind, question, terms=tuple(filter(None, [found.get("y", "")])), subject=what)
    compared = tuple(
        part.strip() for part in _AND.split(found.get("y", "")) if part and part.strip()
    )
    return Wish(
        kind,
        question,
        values=values,
        subject=subject,
        attributes=compared,
        names=names,
        counting=counting or kind is Kind.COUNT,
    )


def _terms(said: str) -> tuple[str, ...]:
    """The words to look for: what is quoted, else all without what only leads up to it."""
    quoted = [one or two for one, two in _QUOTED.findall(said)]
    if quoted:
        return tuple(quoted)
    said = _TRAILING.sub("", said)
    parts = (_LEADING.sub("", part).strip() for part in _OR.split(said))
    return tuple(part for part in parts if re.search(r"\w", part))


def _plain(question: str) -> str:
    """One line without end marks; of several lines none is taken."""
    text = question.strip()
    if "\n" in text:
        return ""
    text = re.sub(r"[\s ]+", " ", text).strip(" ¿¡")
    return re.sub(r"[\s?!.:]+$", "", text)


class _Language:
    """The rules of one language, ready to match."""

    def __init__(self, raw: dict[str, Any]) -> None:
        words: dict[str, str] = raw["words"]
        self._polite = re.compile(
            rf"^(?:(?:{words['polite']})[,:]? )+|,? (?:{words['polite']})$", re.IGNORECASE
        )
        places = {**words, "scope": _filled(raw["scope"], words)}
        groups = "|".join(f"(?P<{kind}>{said})" for kind, said in raw["values"].items())
        said = "|".join(f"(?P<{kind}>{words})" for kind, words in raw["attributes"].items())
        self._general = re.compile(words["narrow"], re.IGNORECASE)
        self._attributes = re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.IGNORECASE)
        self._typed = re.compile(rf"(?:the )?(?:{groups})(?!\w)", re.IGNORECASE)
        self._beside = re.compile(
            rf"(?P<x>.+?),? (?:{words['with']}) (?:(?:{words['their']}) (?P<y>[^,]+)"
            rf"|(?P<cost>{words['what_each_costs']}))",
            re.IGNORECASE,
        )
        self._cost = str(words["price"])
        self._frame = re.compile(rf"(?:{words['frame']})(?!\w)", re.IGNORECASE)
        self.rules = [
            (Kind(what.rstrip("?")), _compiled(_filled(rule, places), groups), what.endswith("?"))
            for what, rule in raw["rules"]
        ]

    def apart(self, wish: Wish) -> Wish:
        """'Courses and their prices' as things and what each is to say."""
        match = self._beside.fullmatch(wish.subject)
        if not match:
            return wish
        said = (self._cost,) if match["cost"] else tuple(_AND.split(match["y"]))
        if not all(self.attribute(each) for each in said):
            return wish
        return replace(wish, things=match["x"], attributes=said)

    def is_about_the_text(self, heading: str) -> bool:
        """As the function of this name."""
        return bool(self._frame.match(heading))

    def of_any(self, wish: Wish) -> Wish:
        """A sum over 'documents' is over all, over 'invoices' those that call themselves so."""
        general = all(self._general.fullmatch(term) for term in wish.terms)
        return replace(wish, terms=()) if general else wish

    def attribute(self, said: str) -> str:
        """The kind of value of an attribute; '' for another."""
        match = self._attributes.search(said)
        found = match.groupdict() if match else {}
        return next((kind for kind, words in found.items() if words), "")

    def typed(self, subject: str) -> str:
        """The kind of value that the things asked for are: 'people who teach' are names."""
        match = self._typed.match(subject)
        found = match.groupdict() if match else {}
        return next((kind for kind, said in found.items() if said and kind != "names"), "")

    def without_politeness(self, text: str) -> str:
        """The question without 'please' and its like."""
        return self._polite.sub("", text)


def _filled(pattern: str, places: dict[str, str]) -> str:
    for name, value in places.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern


def _compiled(pattern: str, values: str) -> re.Pattern[str]:
    for name, group in {**_ANY, "VALUES": f"(?:{values})"}.items():
        escaped = group.replace("\\", r"\\")
        pattern = re.sub(rf"(?<![A-Za-z]){name}(?![A-Za-z])", escaped, pattern)
    return re.compile(pattern, re.IGNORECASE)


@lru_cache(maxsize=1)
def _languages() -> Sequence[_Language]:
    with (paths.resources() / _FILE).open("rb") as file:
        return [_Language(raw) for raw in tomllib.load(file).values()]
