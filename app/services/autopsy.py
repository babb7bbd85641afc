"""Why an answer is as it is, and why it does not have what it should: told by code, from the record
that was kept when it was written and from the index as it is now."""

from __future__ import annotations

from dataclasses import replace

from app.core.errors import BadInput
from app.core.messages import FindText, Rank
from app.core.process import Cancel
from app.core.types import (
    Autopsy,
    Cut,
    Examined,
    Expected,
    FileState,
    Finding,
    Message,
    Role,
    TextPlace,
    Verdict,
)
from app.services.library import LibraryService
from app.services.store.autopsies import AutopsyStore
from app.services.store.chats import ChatStore

_MOST_WORDS = 2_000
_MOST_PLACES = 500


class AutopsyService:
    """Records of answers. Verdicts ask the index: never on the thread that draws the window."""

    def __init__(self, store: ChatStore, library: LibraryService) -> None:
        self._store = store
        self._records = AutopsyStore(store.database)
        self._library = library

    def why(self, message_id: int) -> Autopsy:
        """How an answer came about. Errors: NotFound when that was not kept."""
        return self._records.get(message_id)

    def last(self, chat_id: int) -> int:
        """The newest answer in the shown branch of a chat of which that is kept. Errors:
        NotFound, BadInput when there is none."""
        path = self._store.path(self._store.chat(chat_id).leaf, limit=1000)
        explained = [each.id for each in path if each.role is Role.ASSISTANT and each.explained]
        if not explained:
            raise BadInput(problem="This chat has no answer from documents.")
        return explained[-1]

    def verdict(self, message_id: int, expected: Expected, cancel: Cancel | None = None) -> Verdict:
        """Why an answer does not have what was expected of it. Errors: BadInput when nothing is,
        NotFound, and those of the library."""
        autopsy, message = self.why(message_id), self._store.message(message_id)
        expected = checked(expected)
        asked = FindText(expected, autopsy.collections, autopsy.only, _MOST_PLACES)
        found = self._library.whereabouts(asked, cancel)
        verdict = Verdict(Finding.ABSENT, expected, unread=found.unread)
        places = [place for place in found.places if place.end > place.start]
        if expected.words and _plain(expected.words) in _plain(message.content):
            place = places[0] if places else None
            return replace(verdict, finding=Finding.ANSWERED, place=place)
        if not places:
            return _without_place(verdict, found.places)
        searched = [place for place in places if place.searched]
        if not searched:
            left_out = places[0].file.state is FileState.EXCLUDED
            finding = Finding.UNREAD if left_out else Finding.ELSEWHERE
            return replace(verdict, finding=finding, place=places[0])
        return self._searched(verdict, autopsy, message, searched, cancel)

    def _searched(
        self,
        verdict: Verdict,
        autopsy: Autopsy,
        message: Message,
        places: list[TextPlace],
        cancel: Cancel | None,
    ) -> Verdict:
        """Of what stands where the search could have found it."""
        verdicts = [_recorded(verdict, autopsy, message, place) for place in places]
        order = (Finding.ANSWERED, Finding.IGNORED, Finding.CUT)
        kept = [each for each in verdicts if each is not None]
        if kept:
            return min(kept, key=lambda each: (order.index(each.finding), each.then or 10_000))
        passages = tuple(dict.fromkeys(one for place in places for one in place.passages))
        shares = (autopsy.share, 0.0, 1.0)
        ranked = self._library.rank(
            Rank(autopsy.query, passages, shares, autopsy.collections, autopsy.only), cancel
        )
        ranks = dict(zip(passages, zip(*ranked.ranks, strict=True), strict=True))

        def nearest(place: TextPlace) -> tuple[int, ...]:
            its = [ranks[one] for one in place.passages]
            return min(its, key=lambda each: each[0] or 10_000, default=(0, 0, 0))

        place = min(places, key=lambda each: nearest(each)[0] or 10_000)
        rank, keyword, meaning = nearest(place)
        now = 0 < rank <= len(autopsy.found)
        return replace(
            verdict,
            finding=Finding.CHANGED if now else Finding.MISSED,
            place=place,
            rank=rank,
            keyword_rank=keyword,
            meaning_rank=meaning,
            looked=ranked.looked,
        )


def checked(expected: Expected) -> Expected:
    """What is expected, within bounds. Errors: BadInput when it says nothing."""
    words, text = expected.words.strip()[:_MOST_WORDS], expected.text[: 2 * _MOST_WORDS]
    if not any(letter.isalnum() for letter in words + text):
        raise BadInput(problem="Select a passage, or type words that the right answer has.")
    return replace(expected, words=words, text=text)


def _without_place(verdict: Verdict, known: tuple[TextPlace, ...]) -> Verdict:
    if known:
        return replace(verdict, finding=Finding.UNREAD, place=known[0])
    return replace(verdict, finding=Finding.UNREAD) if verdict.unread else verdict


def _recorded(
    verdict: Verdict, autopsy: Autopsy, message: Message, place: TextPlace
) -> Verdict | None:
    """What the record says of a place; None when it has nothing of it."""
    # A model that searched by itself may have got it with any of its searches.
    lists = [each.found for each in autopsy.searches] or [autopsy.found]
    at = [(n, one) for found in lists for n, one in enumerate(found, 1) if _is_there(one, place)]
    read = [each for each in at if each[1].cut is Cut.READ]
    here = replace(verdict, place=place)
    for source in message.sources:
        passage = source.hit.passage
        same = passage.path == place.file.path and _overlap(passage.start, passage.end, place)
        if not verdict.expected.words and same and f"[{source.number}]" in message.content:
            return replace(here, finding=Finding.ANSWERED)
    if at:
        number, examined = (read or at)[0]
        return replace(
            here,
            finding=Finding.IGNORED if read else Finding.CUT,
            then=number,
            cut=examined.cut,
            keyword_rank=examined.hit.keyword_rank,
            meaning_rank=examined.hit.meaning_rank,
        )
    stretches = autopsy.through.stretches if autopsy.through is not None else ()
    if any(
        each.path == place.file.path and _overlap(each.start, each.end, place) for each in stretches
    ):
        return replace(here, finding=Finding.IGNORED)
    also = (each for each in autopsy.also_read if each.path == place.file.path)
    if any(_overlap(each.start, each.end, place) for each in also):
        return replace(here, finding=Finding.IGNORED)
    return None


def _is_there(examined: Examined, place: TextPlace) -> bool:
    passage = examined.hit.passage
    if passage.path == place.file.path and _overlap(passage.start, passage.end, place):
        return True
    # The document may have been read anew since, or be a copy.
    return len(place.text) > 20 and _plain(place.text) in _plain(passage.text)


def _overlap(start: int, end: int, place: TextPlace) -> bool:
    return start < place.end and end > place.start


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
