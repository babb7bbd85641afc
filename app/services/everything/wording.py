"""The words around what was found: heads, notes, counts. Plain English, as all answers of code."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.messages.everything import Surveyed
from app.services.everything.wishes import Kind, Wish

_WHY = {
    Kind.FILES: "this asks which documents there are",
    Kind.FILES_WITH: "this asks which documents hold some words",
    Kind.MENTIONS: "this asks how often words occur",
    Kind.VALUES: "this asks for all values of a kind",
    Kind.SUM: "this asks for a sum",
    Kind.LIST: "this asks for a list",
    Kind.COUNT: "this asks for a count",
    Kind.COMPARE: "this asks for a comparison of documents",
    Kind.SUMMARY: "this asks for a summary of documents",
    Kind.ANYTHING: "you chose it",
}
_CALLED = {
    "emails": ("e-mail address", "e-mail addresses"),
    "phones": ("phone number", "phone numbers"),
    "links": ("web address", "web addresses"),
    "dates": ("date", "dates"),
    "amounts": ("amount of money", "amounts of money"),
    "percentages": ("percentage", "percentages"),
    "people": ("name", "names"),
    "names": ("name", "names"),
}
LITERAL = "read literally, not understood"
NAMED = "the model named the items, and each stands in its passage to the letter"
_MARKS = re.compile(r"([\\`*\[\]]|(?<!\w)_|_(?!\w)|<(?=[\w/!?])|^[#>+-])")


def why(wish: Wish) -> str:
    """What in a question asks for everything, as the second half of a sentence."""
    return _WHY[wish.kind]


def note(wish: Wish, survey: Surveyed, how: str) -> str:
    """Why everything was gone through, and how."""
    total = sum(file.passages for file in survey.files)
    if wish.kind is Kind.VALUES and wish.values in ("people", "names"):
        how += "; names are capitalised words that stand together, so places can be among them"
    return (
        f"went through {passages(total)} in {documents(len(survey.files))} because {why(wish)}; "
        f"{how}{unread(survey)}"
    )


def unread(survey: Surveyed) -> str:
    """That some documents are not read yet."""
    if not survey.unread:
        return ""
    verb = "is" if survey.unread == 1 else "are"
    return f"; {documents(survey.unread)} {verb} not read yet"


def stopped(done: int, total: int, unit: str = "documents") -> str:
    """How far work came that was stopped."""
    return f"stopped after {done:,} of {total:,} {unit}; what was found so far is shown"


def head(wish: Wish, items: int, times_: int, files: int) -> str:
    """The first line of an answer that lists something."""
    if wish.kind is Kind.VALUES:
        return f"Found {called(wish.values, items)}, listed below."
    what = terms(wish)
    where = f"{items:,} of {documents(files)}"
    if wish.kind is Kind.MENTIONS:
        return f"{what} {_stand(times_)} in {where}:"
    return f"{where} {'has' if items == 1 else 'have'} {what}:"


def found(count: int, subject: str) -> str:
    """The first line of a list that a model or code made of what was asked for."""
    what = f" for “{plain(subject)}”" if subject else ""
    if not count:
        return f"Nothing was found{what}."
    return f"Found {count:,}{what}, listed below."


def thing(text: str, asked: Sequence[tuple[str, str]]) -> str:
    """'Bicycle repair (price: 20 euros)': a thing of a list and what was asked of it."""
    said = [f"{name}: {value or 'not stated'}" for name, value in asked]
    return f"{text} ({'; '.join(said)})" if said else text


def also(count: int) -> str:
    """The line over sentences that give a number themselves."""
    return "A document also says:" if count == 1 else "The documents also say:"


def nothing(wish: Wish) -> str:
    """The answer when code found nothing."""
    if wish.values:
        return f"There are no {_CALLED[wish.values][1]} in these documents."
    return f"No document has {terms(wish)} in these very words."


def terms(wish: Wish) -> str:
    """The words looked for, in quotation marks."""
    return " or ".join(f"“{plain(term)}”" for term in wish.terms)


def called(kind: str, count: int) -> str:
    """'14 dates'."""
    return f"{count:,} {_CALLED[kind][count != 1]}"


def some(count: int, what: str) -> str:
    """'1 sentence', '12 sentences'."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def documents(count: int) -> str:
    """'1 document', '9 documents'."""
    return f"{count:,} document{'' if count == 1 else 's'}"


def passages(count: int) -> str:
    """'1 passage', '214 passages'."""
    return f"{count:,} passage{'' if count == 1 else 's'}"


def times(count: int) -> str:
    """'once', '3 times'."""
    return "once" if count == 1 else f"{count:,} times"


def are(count: int) -> str:
    """'is' or 'are'."""
    return "is" if count == 1 else "are"


def more(count: int) -> list[str]:
    """A last line for what is not listed."""
    return [f"- and {count:,} more"] if count > 0 else []


def plain(text: str) -> str:
    """Text of a document on one line that Markdown shows as it is written."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def cell(text: str) -> str:
    """`plain` for a cell of a table."""
    return plain(text).replace("|", r"\|")


def _stand(count: int) -> str:
    return f"occurs {times(count)}"
