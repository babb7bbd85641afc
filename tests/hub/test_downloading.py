"""Downloads against a real server: whole and checked, or continued, or thrown away."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.errors import (
    BadInput,
    Cancelled,
    ChildDied,
    DownloadDamaged,
    DownloadRefused,
    NoRoom,
    NotAModel,
    NotFound,
    StoreError,
)
from app.core.messages import Downloaded, HubFetch, Progress
from app.core.paths import Profile
from app.core.process import Cancel, WorkerProcess
from app.services.downloads import DownloadService
from app.services.hub import HubService
from tests.hub.server import COMMIT, REPOSITORY, Hub, gguf

NAME = "tiny-Q8_0.gguf"
MB = 1 << 20
STORE = f"/store/{NAME}"


def _get(downloads: DownloadService, name: str = NAME, cancel: Cancel | None = None) -> Downloaded:
    last = list(downloads.download(REPOSITORY, name, cancel=cancel))[-1]
    assert isinstance(last, Downloaded)
    return last


def _pause_at(hub: Hub, downloads: DownloadService, size: int) -> None:
    """Begin a download, and stop it when so much has arrived."""
    hub.hold_after = size
    cancel = Cancel()
    events = downloads.download(REPOSITORY, NAME, cancel=cancel)
    _until(events, lambda progress: progress.done == size)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)


def _until(events: Iterator[object], there: Callable[[Progress], bool]) -> None:
    for event in events:
        if isinstance(event, Progress) and there(event):
            return
    pytest.fail("The progress waited for never came")


def _files(profile: Profile) -> set[str]:
    """What lies in the folder of models, without the locks and the notes."""
    found = {str(f.relative_to(profile.models)) for f in profile.models.rglob("*") if f.is_file()}
    return {name for name in found if not name.endswith((".lock", "notes.json"))}


def test_a_file_arrives(
    hub: Hub, downloads: DownloadService, service: HubService, profile: Profile
) -> None:
    hub.files = {NAME: gguf(3 * MB)}
    service.set_token("hf_abc")
    events = list(downloads.download(REPOSITORY, NAME))
    assert events[-1] == Downloaded((str(profile.models / NAME),))
    assert (profile.models / NAME).read_bytes() == hub.files[NAME]
    assert _files(profile) == {NAME}
    progress = [e for e in events if isinstance(e, Progress) and e.what == "Downloading"]
    assert (progress[0].done, progress[-1].done) == (0, 3 * MB)
    assert {e.total for e in progress} == {3 * MB}
    # The token is the hub's business, not that of the store it sends to.
    (at_hub,) = hub.asked(f"/{REPOSITORY}/resolve/{COMMIT}/")
    (at_store,) = hub.asked(STORE)
    assert at_hub["authorization"] == "Bearer hf_abc"
    assert "authorization" not in at_store
    with pytest.raises(BadInput, match="already"):
        _get(downloads)


def test_a_vision_add_on_comes_along(
    hub: Hub, downloads: DownloadService, profile: Profile
) -> None:
    hub.files = {
        NAME: gguf(2 * MB), "tiny-Q4_0.gguf": gguf(MB, 1),
        "mmproj-F32.gguf": gguf(4 * MB, 2), "mmproj-f16.gguf": gguf(MB, 3),
    }  # fmt: skip
    eyes = "mmproj-tiny-f16.gguf"
    hub.hold_after = MB // 2
    cancel = Cancel()
    events = downloads.download(REPOSITORY, NAME, cancel=cancel)
    _until(events, lambda progress: progress.done > 0)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    hub.go.set()
    hub.hold_after = 0
    (waiting,) = downloads.unfinished()
    assert waiting.total == 3 * MB
    *events_left, last = downloads.resume(waiting.id)
    assert events_left
    assert last == Downloaded((str(profile.models / NAME),))
    assert _files(profile) == {NAME, eyes}
    assert (profile.models / eyes).read_bytes() == hub.files["mmproj-f16.gguf"]
    # Another size of the model finds it there; an add-on by itself brings nothing.
    before = len(hub.asked("/store/mmproj"))
    _get(downloads, "tiny-Q4_0.gguf")
    assert len(hub.asked("/store/mmproj")) == before
    _get(downloads, "mmproj-F32.gguf")
    assert _files(profile) == {NAME, eyes, "tiny-Q4_0.gguf", "mmproj-F32.gguf"}


def test_a_broken_connection_is_taken_up_again(
    hub: Hub, downloads: DownloadService, profile: Profile
) -> None:
    hub.files = {NAME: gguf(3 * MB)}
    hub.cut_after = MB
    _get(downloads)
    first, second = hub.asked(STORE)
    assert "range" not in first
    assert second["range"] == f"bytes={MB}-"
    assert (profile.models / NAME).read_bytes() == hub.files[NAME]


def test_a_pause_lasts_across_a_restart(
    hub: Hub, downloads: DownloadService, service: HubService, profile: Profile
) -> None:
    hub.files = {NAME: gguf(4 * MB)}
    _pause_at(hub, downloads, 2 * MB)
    assert NAME not in _files(profile)
    hub.go.set()

    again = DownloadService(service, profile.models)
    (waiting,) = again.unfinished()
    assert (waiting.id, waiting.repository, waiting.done, waiting.total) == (
        NAME, REPOSITORY, 2 * MB, 4 * MB,
    )  # fmt: skip
    assert list(again.resume(waiting.id))[-1] == Downloaded((str(profile.models / NAME),))
    assert hub.asked(STORE)[-1]["range"] == f"bytes={2 * MB}-"
    assert (profile.models / NAME).read_bytes() == hub.files[NAME]
    assert again.unfinished() == ()
    assert _files(profile) == {NAME}


def test_a_killed_child_costs_nothing(
    hub: Hub, downloads: DownloadService, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.files = {NAME: gguf(4 * MB)}
    hub.hold_after = 2 * MB
    children: list[WorkerProcess] = []

    def started(*given: Any) -> WorkerProcess:
        children.append(WorkerProcess(*given))
        return children[-1]

    monkeypatch.setattr("app.services.hub.WorkerProcess", started)
    events = downloads.download(REPOSITORY, NAME)
    _until(events, lambda progress: progress.done == 2 * MB)
    pid = children[-1].pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ChildDied):
        list(events)
    hub.go.set()
    _get(downloads)
    assert hub.asked(STORE)[-1]["range"] == f"bytes={2 * MB}-"
    assert (profile.models / NAME).read_bytes() == hub.files[NAME]


def test_a_server_that_starts_over_is_understood(
    hub: Hub, downloads: DownloadService, profile: Profile
) -> None:
    hub.files = {NAME: gguf(3 * MB)}
    hub.cut_after, hub.whole_only = MB, True
    _get(downloads)
    assert (profile.models / NAME).read_bytes() == hub.files[NAME]


@pytest.mark.parametrize("how", ["other bytes", "too many bytes"])
def test_wrong_bytes_never_take_the_name(
    hub: Hub, downloads: DownloadService, profile: Profile, how: str
) -> None:
    hub.files = {NAME: gguf(2 * MB)}
    if how == "other bytes":
        hub.swap = gguf(2 * MB, seed=1)
    else:
        hub.extra = b"x" * 8 * MB
    with pytest.raises(DownloadDamaged):
        _get(downloads)
    assert NAME not in _files(profile)
    assert sum(u.done for u in downloads.unfinished()) == 0
    hub.swap = hub.extra = b""
    _get(downloads)
    assert (profile.models / NAME).read_bytes() == hub.files[NAME]


def test_a_file_that_changed_on_the_hub_is_begun_anew(
    hub: Hub, downloads: DownloadService, profile: Profile
) -> None:
    hub.files = {NAME: gguf(4 * MB)}
    _pause_at(hub, downloads, 2 * MB)
    hub.go.set()
    hub.files = {NAME: gguf(3 * MB, seed=2)}
    _get(downloads)
    assert "range" not in hub.asked(STORE)[-1]
    assert (profile.models / NAME).read_bytes() == hub.files[NAME]


def test_all_parts_or_none(hub: Hub, downloads: DownloadService, profile: Profile) -> None:
    parts = [f"Q8_0/big-0000{n}-of-00002.gguf" for n in (1, 2)]
    hub.files = {parts[0]: gguf(2 * MB), parts[1]: gguf(MB, seed=1)}
    hub.siblings = hub.info()["siblings"][:1]
    with pytest.raises(DownloadRefused, match="no such file"):
        _get(downloads, parts[0])
    hub.siblings = None
    seen: list[set[str]] = []
    for event in downloads.download(REPOSITORY, parts[1]):
        seen.append(_files(profile))
        if isinstance(event, Progress) and event.total:
            assert event.total == 3 * MB
    names = {Path(part).name for part in parts}
    assert _files(profile) == names
    assert not any(each & names for each in seen[:-1])


def test_no_room_is_said_before_a_byte_is_asked_for(
    hub: Hub, downloads: DownloadService, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.files = {NAME: gguf(2 * MB)}
    usage = SimpleNamespace(total=10 << 30, used=0, free=513 * MB)
    monkeypatch.setattr("app.services.downloads.shutil.disk_usage", lambda _path: usage)
    with pytest.raises(NoRoom, match=r"0\.5 GB are free"):
        _get(downloads)
    assert hub.asked(f"/{REPOSITORY}/resolve") == []
    usage.free = 515 * MB
    _get(downloads)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_a_disk_that_fills_up(hub: Hub, service: HubService, tmp_path: Path) -> None:
    hub.files = {NAME: gguf(MB)}
    target = str(tmp_path / NAME)
    request = HubFetch(REPOSITORY, COMMIT, NAME, MB, "0" * 64, part="/dev/full", target=target)
    with (
        service.connected() as connection,
        pytest.raises(StoreError, match="the disk is full"),
    ):
        list(connection.ask(request))
    assert list(tmp_path.glob(NAME)) == []


def test_what_is_refused(hub: Hub, downloads: DownloadService, profile: Profile) -> None:
    hub.files = {NAME: gguf(MB), "text.gguf": b"no model at all" * 100}
    with pytest.raises(DownloadRefused, match="catalogue"):
        list(downloads.download(REPOSITORY, NAME, sha256=["0" * 64]))
    for name in ("../x.gguf", "x.exe", "x-00003-of-00002.gguf"):
        with pytest.raises(BadInput, match="not the name"):
            _get(downloads, name)
    with pytest.raises(NotAModel):
        _get(downloads, "text.gguf")
    hub.siblings = [{"rfilename": NAME, "size": MB}]
    with pytest.raises(DownloadRefused, match="SHA-256"):
        _get(downloads)
    assert _files(profile) == set()


def test_an_unfinished_download_is_thrown_away(
    hub: Hub, downloads: DownloadService, profile: Profile
) -> None:
    hub.files = {NAME: gguf(4 * MB)}
    hub.hold_after = 2 * MB
    cancel = Cancel()
    events = downloads.download(REPOSITORY, NAME, cancel=cancel)
    _until(events, lambda progress: progress.done == 2 * MB)
    with pytest.raises(BadInput, match="Stop it first"):
        downloads.discard(NAME)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    for wrong in ("other.gguf", "../" + NAME):
        with pytest.raises(NotFound):
            downloads.discard(wrong)
    downloads.discard(NAME)
    assert _files(profile) == set()


def test_records_that_were_tampered_with_are_not_believed(
    downloads: DownloadService, profile: Profile
) -> None:
    folder = profile.models / "downloads"
    folder.mkdir()
    victim = profile.models / "other.gguf"
    victim.write_bytes(b"kept")
    for number, text in enumerate(("{", "[]", '{"files": 3}')):
        (folder / f"{number}.json").write_text(text)
    (folder / "x.gguf.json").write_text(
        '{"repository": "a/b", "name": "x.gguf", "files":'
        f' [{{"name": "../other.gguf", "size_bytes": 4, "sha256": "{"0" * 64}"}}]}}'
    )
    assert downloads.unfinished() == ()
    assert victim.read_bytes() == b"kept"
