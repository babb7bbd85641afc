"""Documents: collections, files, search. The retrieval child does the work.

Every method talks to that child and may take long: never on the thread that draws the window.
Errors of all: ChildDied, ProfileBusy, LoamError of the child.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.core import paths
from app.core.errors import BadInput
from app.core.messages import (
    AddPaths,
    Attribute,
    Attributed,
    CollectionList,
    CreateCollection,
    DeleteCollection,
    ExcludeFiles,
    FileList,
    FindText,
    FollowFolders,
    Found,
    Health,
    HealthReport,
    ListCollections,
    ListFiles,
    ListWatches,
    Locate,
    Located,
    LocateWords,
    Neighbours,
    OpenDocument,
    PagesShown,
    PassageList,
    Rank,
    Ranked,
    ReadAgain,
    ReadPassages,
    RemoveFiles,
    RenameCollection,
    ResumeIndexing,
    Search,
    ShowPages,
    TextPlaces,
    UnwatchFolder,
    WatchFolder,
    WatchList,
    WordAt,
    WordsLocated,
)
from app.core.messages.everything import Near, ReadThrough, Scan, Survey, Surveyed
from app.core.process import Cancel, WorkerProcess
from app.core.types import (
    MEANING_SHARE,
    Collection,
    DocumentFile,
    DocumentView,
    Passage,
    SearchFilter,
    WatchedFolder,
)
from app.services import following

EVERYTHING = SearchFilter()
SAMPLE_SUFFIXES = (".pdf", ".docx", ".md", ".csv", ".txt")


def _english() -> tuple[str, ...]:
    return ("eng",)


class LibraryService:
    """The document library of one profile. languages: of text in pictures, as the person has
    chosen them by now; reranker: path of the model that orders what a search finds, '' for none."""

    def __init__(
        self,
        worker: WorkerProcess,
        languages: Callable[[], tuple[str, ...]] = _english,
        reranker: Callable[[], str] = str,
    ) -> None:
        self._worker = worker
        self._languages = languages
        self._reranker = reranker

    def collections(self) -> list[Collection]:
        """All collections by name, with counts."""
        answer: CollectionList = self._worker.ask(ListCollections())
        return list(answer.collections)

    def create(self, name: str) -> Collection:
        """A new, empty collection. Errors: BadInput when the name is taken or empty."""
        answer: CollectionList = self._worker.ask(CreateCollection(name))
        return max(answer.collections, key=lambda c: c.id)

    def named(self, name: str) -> Collection:
        """The collection of that name, made when there is none."""
        known = {c.name: c for c in self.collections()}
        return known.get(name) or self.create(name)

    def ids(self, names: Sequence[str]) -> tuple[int, ...]:
        """Collections by their names. Errors: BadInput for one that there is not."""
        known = {c.name: c.id for c in self.collections()}
        for name in names:
            if name not in known:
                raise BadInput(problem=f"There is no collection {name}.")
        return tuple(known[name] for name in names)

    def rename(self, collection_id: int, name: str) -> None:
        """Errors: BadInput when the name is taken or empty, NotFound."""
        self._worker.ask(RenameCollection(collection_id, name))

    def delete(self, collection_id: int) -> None:
        """Delete what was read from its files; the files themselves stay."""
        self._worker.ask(DeleteCollection(collection_id))

    def files(self, collection_id: int) -> list[DocumentFile]:
        """The files of a collection by name."""
        answer: FileList = self._worker.ask(ListFiles(collection_id))
        return list(answer.files)

    def add(
        self, collection_id: int, paths: Sequence[str], cancel: Cancel | None = None
    ) -> Iterator[object]:
        """Read files and folders into a collection. Yields FileChanged, Progress, Indexed."""
        request = AddPaths(collection_id, tuple(paths), self._languages())
        yield from self._worker.stream(request, cancel)

    def resume(self, cancel: Cancel | None = None) -> Iterator[object]:
        """Go on with what the last run left unread; yields as `add`."""
        yield from self._worker.stream(ResumeIndexing(self._languages()), cancel)

    def read_again(
        self,
        collection_id: int,
        file_ids: Sequence[int],
        password: str = "",
        cancel: Cancel | None = None,
    ) -> Iterator[object]:
        """Read files anew though they have not changed, with a password where one is needed; it
        is kept in memory until the index's process ends, and nowhere else. Yields as `add`."""
        request = ReadAgain(collection_id, tuple(file_ids), password, self._languages())
        yield from self._worker.stream(request, cancel)

    def exclude(
        self, collection_id: int, file_ids: Sequence[int], excluded: bool = True
    ) -> list[DocumentFile]:
        """Keep files but leave them out of searches, or take them in again; gives all files."""
        request = ExcludeFiles(collection_id, tuple(file_ids), excluded)
        answer: FileList = self._worker.ask(request)
        return list(answer.files)

    def remove(self, collection_id: int, file_ids: Sequence[int]) -> list[DocumentFile]:
        """Take files out of the index for good; gives those that are left."""
        answer: FileList = self._worker.ask(RemoveFiles(collection_id, tuple(file_ids)))
        return list(answer.files)

    def watch(self, collection_id: int, folder: str) -> WatchedFolder:
        """Link a folder to a collection; `follow` keeps them in step. Errors: NotFound, BadInput
        when it is no folder or inside a watched one."""
        answer: WatchList = self._worker.ask(WatchFolder(collection_id, folder))
        return max(answer.folders, key=lambda watched: watched.id)

    def unwatch(self, watch_id: int, remove_files: bool = False) -> None:
        """Follow a folder no longer; its files stay in the collection unless told otherwise.
        Errors: NotFound."""
        self._worker.ask(UnwatchFolder(watch_id, remove_files))

    def watches(self, collection_id: int = 0) -> list[WatchedFolder]:
        """Watched folders of a collection, or of all."""
        answer: WatchList = self._worker.ask(ListWatches(collection_id))
        return list(answer.folders)

    def follow(self, cancel: Cancel | None = None, once: bool = False) -> Iterator[object]:
        """Keep collections in step with their watched folders until cancelled; once: until
        nothing is left to do. Ends when no folder is watched. When the index's process died, it
        goes on with the next one. Yields FileChanged, FilesRemoved, WatchChanged, Progress,
        Indexed. Errors: BadInput while another one runs; ChildDied when it dies again and again."""
        request = FollowFolders(self._languages(), once)
        yield from following.followed(self._worker, request, cancel or Cancel())

    def search(
        self,
        query: str,
        collections: Sequence[int] = (),
        top: int = 8,
        cancel: Cancel | None = None,
        only: SearchFilter = EVERYTHING,
        share: float = MEANING_SHARE,
        judged: bool = False,
    ) -> Found:
        """Passages for a query, best first, from the given collections (none given: all) and the
        documents that `only` allows. share: how much meaning counts against words, 0 to 1; judged:
        their relevance is looked at closely."""
        request = Search(query, tuple(collections), top, only, share, judged, self._reranker())
        answer: Found = self._worker.ask(request, cancel)
        return answer

    def rank(self, request: Rank, cancel: Cancel | None = None) -> Ranked:
        """Where passages stand in a search."""
        answer: Ranked = self._worker.ask(request, cancel)
        return answer

    def whereabouts(self, request: FindText, cancel: Cancel | None = None) -> TextPlaces:
        """Where a passage of old, or words, stand now."""
        answer: TextPlaces = self._worker.ask(request, cancel)
        return answer

    def whole(
        self, collections: Sequence[int], only: SearchFilter, most_characters: int
    ) -> list[Passage]:
        """All passages of the documents in order; none when they have more characters."""
        request = ReadPassages(tuple(collections), only, most_characters)
        answer: PassageList = self._worker.ask(request)
        return list(answer.passages)

    def survey(self, collections: Sequence[int], only: SearchFilter) -> Surveyed:
        """The documents that can be gone through, in their order."""
        answer: Surveyed = self._worker.ask(Survey(tuple(collections), only))
        return answer

    def read_through(self, file_id: int) -> list[Passage]:
        """All passages of a document, in order."""
        answer: PassageList = self._worker.ask(ReadThrough(file_id))
        return list(answer.passages)

    def scan(
        self,
        patterns: Sequence[str],
        collections: Sequence[int],
        only: SearchFilter,
        cancel: Cancel | None = None,
    ) -> Iterator[object]:
        """Where patterns match in whole documents: Progress, ScannedFile."""
        yield from self._worker.stream(Scan(tuple(patterns), tuple(collections), only), cancel)

    def nearness(
        self,
        text: str,
        collections: Sequence[int],
        only: SearchFilter,
        cancel: Cancel | None = None,
    ) -> dict[int, float]:
        """Cosine of a text to every passage, by the passage's id."""
        found: dict[int, float] = self._worker.ask(
            Near(text, tuple(collections), only), cancel
        ).cosines
        return found

    def neighbours(self, passages: Sequence[int], each_side: int = 1) -> list[Passage]:
        """Passages by their ids, with those around them in their documents, in order."""
        answer: PassageList = self._worker.ask(Neighbours(tuple(passages), each_side))
        return list(answer.passages)

    def similarities(
        self, sentences: Sequence[str], passages: Sequence[str], cancel: Cancel | None = None
    ) -> tuple[tuple[float, ...], ...]:
        """Cosine of each sentence to each passage."""
        if not sentences or not passages:
            return tuple(() for _ in sentences)
        answer: Attributed = self._worker.ask(Attribute(tuple(sentences), tuple(passages)), cancel)
        return answer.cosines

    def open(self, file_id: int) -> DocumentView:
        """A document's text and pages. Errors: NotFound."""
        view: DocumentView = self._worker.ask(OpenDocument(file_id)).document
        return view

    def pages(
        self, file_id: int, start: int = 0, end: int = 0, cancel: Cancel | None = None
    ) -> PagesShown:
        """A document as a PDF of its pages, with text[start:end] found on them. Errors: NotFound,
        NoLook, DocumentError."""
        answer: PagesShown = self._worker.ask(ShowPages(file_id, start, end), cancel)
        return answer

    def locate(self, file_id: int, start: int, end: int) -> Located:
        """Where text[start:end] stands on the pages. Errors: NotFound, DocumentError."""
        answer: Located = self._worker.ask(Locate(file_id, start, end))
        return answer

    def page_words(
        self, file_id: int, page: int, cancel: Cancel | None = None
    ) -> tuple[WordAt, ...]:
        """Where each word of a page stands. Errors: NotFound, DocumentError."""
        answer: WordsLocated = self._worker.ask(LocateWords(file_id, page), cancel)
        return answer.words

    def health(self) -> HealthReport:
        """State of the index."""
        answer: HealthReport = self._worker.ask(Health())
        return answer

    def samples(self) -> list[str]:
        """Paths of the sample documents that come with Loam."""
        folder = paths.resources() / "samples"
        return sorted(str(p) for p in folder.iterdir() if p.suffix in SAMPLE_SUFFIXES)
