"""A closer look at a repository whose files are shown: verdicts from a file's header, where it can
be had; until then, and without it, those by size stand.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.core.messages import HubListing
from app.engine.plan import Machine
from app.services.hub_shapes import HubShape
from app.ui.context import Context
from app.ui.finetune.progress_row import ProgressRow
from app.ui.models.found import offers_of
from app.ui.models.offer_rows import OfferRow, RepositoryRow


def look_closer(
    context: Context, row: RepositoryRow, listing: HubListing, machine: Machine
) -> None:
    """Read the header of one file of the repository and judge all of them by it."""
    title = QCoreApplication.translate("closer", "Looking into a file to judge what fits")
    progress = ProgressRow(title)
    row.column.addWidget(progress)

    def take(event: object) -> None:
        if isinstance(event, HubShape):
            fits = {each.name: each.fit for each in offers_of(listing, machine, event)}
            for made in row.findChildren(OfferRow):
                made.judge_anew(fits.get(made.offer.name, made.offer.fit))

    task = context.tasks.run(
        lambda cancel: context.loam.hub_shapes.look(listing, cancel),
        title=title,
        on_event=take,
        # Nothing is lost: a download tells of what is wrong with the hub.
        on_error=lambda _error: None,
        on_done=progress.deleteLater,
    )
    progress.follow(task)
    row.destroyed.connect(task.cancel)
