"""Every error that a person may see: what happened, what to do, and the details behind it, a module
for each subject. An exception outside this tree is a defect of Loam and is shown as one.

Every name can be imported from here, and loads only its own subject's module then; a new one is
added to NAMES.
"""

# ruff: noqa: F403  (the type checker sees all names; nothing is loaded by it)

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.errors.base import *
    from app.core.errors.common import *
    from app.core.errors.documents import *
    from app.core.errors.hub import *
    from app.core.errors.models import *
    from app.core.errors.pictures import *
    from app.core.errors.search import *
    from app.core.errors.servers import *
    from app.core.errors.store import *
    from app.core.errors.training import *
else:
    from app.core import lazy

    NAMES = {
        "base": "LoamError",
        "common": """
            BadInput MissingFile NotFound Cancelled ChildDied ChildStuck SettingRejected
            SettingRefused UnknownSetting
        """,
        "documents": """
            DocumentError PasswordNeeded WrongPassword CannotUnlock NoText EmptyFile NoWords Scanned
            NoLook UnknownFormat TooBig
        """,
        "hub": """
            HubError HubUnreachable HubBusy HubDenied HubTokenRefused HubMissing DownloadRefused
            DownloadDamaged NoRoom NoKeyring
        """,
        "models": """
            ModelError NotAModel OutOfMemory NoModel FetchFailed BadDraft BadTemplate ContextFull
            ChatFull HelperMissing NoHelpers
        """,
        "pictures": "CannotSee BadProjector BadPicture",
        "search": """
            NoEmbedder BadEmbedder BadReranker IndexServerError IndexServerAway IndexServerDenied
            IndexStays
        """,
        "servers": """
            ServerError ServerUnreachable CertificateUntrusted ServerDenied ServerWantsKey
            ServerModelGone
            ServerBusy ServerCut ServerForgotten DocumentsStay
        """,
        "store": "StoreError StoreBroken StoreTooNew ProfileBusy",
        "training": """
            TrainingError TrainingUnavailable NotTrainable BadAdapter AdapterGone BadRows
            CannotResume Diverged
        """,
    }
    __getattr__ = lazy.names(__name__, NAMES)
