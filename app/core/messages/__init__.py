"""Every request and event that crosses a process border, and the frames that carry them, a module
for each child, or for what it is asked about.

A call is a request that yields events until `End`. Requests say all that they need (the model
too), so that a child that was restarted can answer the next one without a memory of the last.

Every name can be imported from here, and loads only its own module then; a new one is added to
NAMES.
"""

# ruff: noqa: F403  (the type checker sees all names; nothing is loaded by it)

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.messages.collections import *
    from app.core.messages.common import *
    from app.core.messages.embedders import *
    from app.core.messages.engine import *
    from app.core.messages.everything import *
    from app.core.messages.frames import *
    from app.core.messages.hub import *
    from app.core.messages.index_server import *
    from app.core.messages.indexing import *
    from app.core.messages.looks import *
    from app.core.messages.parsing import *
    from app.core.messages.pictures import *
    from app.core.messages.reranking import *
    from app.core.messages.retrieval import *
    from app.core.messages.servers import *
    from app.core.messages.services import *
    from app.core.messages.training import *
    from app.core.messages.watching import *
else:
    from app.core import lazy

    NAMES = {
        "collections": """
            ListCollections CreateCollection RenameCollection DeleteCollection ListFiles RemoveFiles
            ExcludeFiles CollectionList FileList
        """,
        "common": "Progress Warned",
        "embedders": "LookAtEmbedder UseEmbedder EmbedderSeen",
        "engine": """
            Load Unload Turn Generate CountTokens Inspect Quantize Perplexity Devices Loaded
            Token Generated Counted Inspected Measured Device DeviceList
        """,
        "everything": """
            Survey ReadThrough Scan Near FileTally Surveyed Place ScannedFile Nearness Offered
            DrawnFrom FoundItem WentThrough
        """,
        "frames": "Call Stop Quit Item End",
        "hub": "HubSearch HubList HubLook HubFetch HubFound HubListing HubHeader Fetched",
        "index_server": "UseIndexServer TryIndexServer IndexServerSeen",
        "indexing": "AddPaths ReadAgain ResumeIndexing FileChanged Indexed",
        "looks": """
            ShowPages PagesShown LocateWords WordAt WordsLocated Depict Depicted FindWords
        """,
        "parsing": "Parse FindBoxes ParsedPage ParsedTable Parsed",
        "pictures": "KeepPicture PictureKept",
        "reranking": "TryReranker RerankerTried",
        "retrieval": """
            Search ReadPassages Neighbours Attribute OpenDocument Locate Rank FindText Health Found
            Ranked TextPlaces PassageList Attributed Opened PageBoxes Located HealthReport
        """,
        "servers": "ListServed AskServer Served",
        "services": "Downloaded SourcesFound MessageStarted Explained AnswerDone",
        "training": """
            CheckTrainable Train Evaluate MergeAdapter Trainability Prepared Step Validation
            Checkpoint Trained Evaluated Merged
        """,
        "watching": """
            WatchFolder UnwatchFolder ListWatches FollowFolders WatchList WatchChanged FilesRemoved
        """,
    }
    __getattr__ = lazy.names(__name__, NAMES)
