"""One scale of relevance for all embedding models.

Cosines mean different things: of unrelated texts all-MiniLM gives about 0.03, an E5 0.7. What a
person sets as 'Relevance needed' is on the scale of the default model. Any other one is measured
once on questions and sentences that belong together and that don't, and its cosines are stretched
so that both mean what they mean for the default. Limits: the pairs are English; two points make a
straight line.
"""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass

import numpy as np

from app.retrieval.embedders._base import Embedder, of_questions
from app.retrieval.store import Store

_log = logging.getLogger(__name__)
DEFAULT_MODEL = "all-MiniLM-L6-v2"
_FACT = "relevance"
_LEAST_APART = 0.05

PAIRS = (
    ("How high is Mount Everest?", "The summit of Mount Everest lies 8,849 metres above the sea."),
    ("Who painted the Mona Lisa?", "Leonardo da Vinci worked on the Mona Lisa for many years."),
    ("What do bees make?", "Worker bees turn nectar into honey and store it in the comb."),
    ("When does the train leave?", "The train to the coast leaves at 9:15 from platform two."),
    ("How long do I boil an egg?", "For a soft yolk, boil the egg for six minutes."),
    ("What causes the tides?", "The pull of the moon raises the water of the oceans twice a day."),
    ("How do I reset my password?", "Choose 'Forgot password' and follow the link in the e-mail."),
    ("What is the notice period?", "Either party may end the contract with one month's notice."),
    ("Which vitamin is in oranges?", "Citrus fruits are rich in vitamin C."),
    ("How does a vaccine work?", "A vaccine shows the immune system a harmless part of a germ."),
    ("What is the speed of light?", "Light travels about 300,000 kilometres in a second."),
    ("Who wrote Hamlet?", "Shakespeare finished the tragedy of Hamlet around 1600."),
    ("How much rent do we pay?", "The monthly rent is 850 euros, heating included."),
    ("Why is the sky blue?", "Air scatters blue light from the sun more than red light."),
    ("How do I sort a list?", "Call the function sorted, which gives a new list in order."),
    ("What did the court decide?", "The judges dismissed the appeal and upheld the sentence."),
    ("How deep should I plant tulips?", "Tulip bulbs go into the ground 15 centimetres deep."),
    ("What was the profit last year?", "The company earned four million euros in the past year."),
    ("Is the museum open on Monday?", "The museum is closed on Mondays and on public holidays."),
    ("How is steel made?", "In the furnace iron is freed of carbon and becomes steel."),
)


@dataclass(frozen=True, slots=True)
class Anchors:
    """Mean cosine of texts that don't belong together and of those that do."""

    apart: float
    together: float


DEFAULT = Anchors(0.040, 0.635)


class Scale:
    """Cosines of one embedder on the scale of the default one. Thread-safe; measures and stores
    what it needs with its first use."""

    def __init__(self, embedder: Embedder, store: Store) -> None:
        self._embedder = embedder
        self._store = store
        self._lock = threading.Lock()
        self._anchors = DEFAULT if embedder.id.startswith(f"{DEFAULT_MODEL}@") else None

    def relevance(self, cosine: float) -> float:
        """Errors: NoEmbedder, StoreError."""
        with self._lock:
            if self._anchors is None:
                self._anchors = self._known() or self._measured()
        return stretched(cosine, self._anchors)

    def _known(self) -> Anchors | None:
        try:
            kept = json.loads(self._store.note(_FACT) or "{}")
            if kept.get("embedder") == self._embedder.id:
                return Anchors(float(kept["apart"]), float(kept["together"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("What was measured of the embedder can't be read: %r", error)
        return None

    def _measured(self) -> Anchors:
        found = measure(self._embedder)
        kept = {"embedder": self._embedder.id, "apart": found.apart, "together": found.together}
        self._store.keep_note(_FACT, json.dumps(kept))
        return found


def stretched(cosine: float, anchors: Anchors) -> float:
    """A cosine as the default model would give it; as it is when the anchors tell nothing."""
    width = anchors.together - anchors.apart
    if anchors == DEFAULT or width < _LEAST_APART:
        return cosine
    share = (cosine - anchors.apart) / width
    return DEFAULT.apart + share * (DEFAULT.together - DEFAULT.apart)


def measure(embedder: Embedder) -> Anchors:
    """The anchors of an embedder. Errors: NoEmbedder."""
    asked = of_questions(embedder, [question for question, _said in PAIRS])
    said = embedder.encode([said for _question, said in PAIRS])
    cosines = asked @ said.T
    own = np.eye(len(PAIRS), dtype=bool)
    return Anchors(float(cosines[~own].mean()), float(cosines[own].mean()))
