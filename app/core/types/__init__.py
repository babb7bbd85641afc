"""The things Loam talks about, as frozen data, a module for each subject. No behaviour beyond small
derived facts. Times are seconds since the epoch (UTC).

Every name can be imported from here, and loads only its own subject's module then; a new one is
added to NAMES.
"""

# ruff: noqa: F403  (the type checker sees all names; nothing is loaded by it)

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.types.autopsy import *
    from app.core.types.chat import *
    from app.core.types.checks import *
    from app.core.types.embedders import *
    from app.core.types.filters import *
    from app.core.types.index_server import *
    from app.core.types.models import *
    from app.core.types.pictures import *
    from app.core.types.retrieval import *
    from app.core.types.servers import *
    from app.core.types.tools import *
    from app.core.types.training import *
else:
    from app.core import lazy

    NAMES = {
        "autopsy": """
            Cut Reading Examined ReadPlace PromptPart Autopsy Expected TextPlace Finding Verdict
            TestCase CaseRank SettingScore RelevanceScore CaseScores SearchMade Stretch FileThrough
            Through
        """,
        "chat": """
            Role Status ChatKind Sampling Over AnswerForm GenerationStats ChatSettings Chat
            Message
        """,
        "checks": "SentenceCheck",
        "embedders": "EmbedderFacts EmbedderState",
        "filters": "SearchFilter",
        "index_server": "IndexServer",
        "models": """
            LoadOptions ModelSpec ModelInfo Buffer LoadedModel AdapterUse AdapterInfo
            HubRepository HubFile
        """,
        "pictures": "Picture VisionAddOn small_name",
        "retrieval": """
            FileState Passage Hit Source Rect PageText Heading DocumentView
            Collection DocumentFile WatchState WatchedFolder MEANING_SHARE
        """,
        "servers": "SERVER_CONTEXT ServerModel Server",
        "tools": "ToolSpec ToolCall ToolStep",
        "training": """
            LORA_TARGETS LAST BEST Schedule HyperParameters TrainingRow TrainingSpec LeftOut RowLoss
        """,
    }
    __getattr__ = lazy.names(__name__, NAMES)
