import errno
import hashlib
import json
import multiprocessing
import os
import random
import resource
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from booth.errors import AlreadyRunning, ClockDoubtful, ConsentMissing, SessionUnknown, StorageBroken, StorageFull, UsageError
from booth.sinks import Budget
from booth.sinks.index import About, Consent
from booth.sinks.store import Repaired, Store

SMALL = Budget(session_mib=0.25, spare_mib=0.0, keep_h=48.0)
ABOUT = About(characters=("romance", "chibi"), mix=0.3, layout="classic", consent=Consent(photo=True, voice=True), language="ko")
FILES = {"strip.png": b"strip" * 999, "cut-1.png": b"one" * 500, "moving.gif": b"gif" * 700}
DAY = 86400.0
LONG_AGO = 1_790_000_000.0


class Clock:
    def __init__(self, at: float = LONG_AGO) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = Store(tmp_path / "kept", SMALL, clock)
    store.repair()
    yield store
    store.close()


def keep(store, files=FILES):
    draft = store.begin()
    for name, data in files.items():
        draft.add(name, data, "strip" if name.startswith("strip") else "cut")
    return draft.confirm(ABOUT)


def visible(root: Path) -> list[str]:
    return sorted(f.name for f in root.iterdir() if f.is_dir() and not f.name.startswith("."))


def assert_whole(folder: Path) -> None:
    """The folder holds what its manifest says, and nothing else."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert {f.name for f in folder.iterdir()} == {"manifest.json", *(entry["name"] for entry in manifest["files"])}
    for entry in manifest["files"]:
        data = (folder / entry["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["size_bytes"], entry["sha256"])


def test_a_session_appears_whole_at_confirm(store, clock):
    draft = store.begin()
    for name, data in FILES.items():
        draft.add(name, data, "cut")
    assert visible(store.root) == []
    assert store.sessions() == []
    kept = draft.confirm(ABOUT)
    assert visible(store.root) == [kept.manifest.id]
    assert_whole(kept.folder)
    assert store.get(kept.manifest.id) == kept == store.sessions()[0]
    assert json.loads((kept.folder / "manifest.json").read_bytes())["created"].endswith("Z")
    assert kept.manifest.expires_at.timestamp() == clock.at + 2 * DAY
    with pytest.raises(UsageError, match="already"):
        draft.add("late.png", b"x", "cut")


def test_a_discarded_draft_leaves_nothing(store):
    draft = store.begin()
    draft.add("strip.png", b"x", "strip")
    draft.discard()
    draft.discard()
    assert list(store.root.glob(".draft-*")) == []
    assert store.repair().drafts == 0


@pytest.mark.parametrize("name", ["../up.png", "a/b.png", ".hidden", "", "manifest.json", "strip.png", "x" * 65])
def test_names_that_are_taken_or_no_names(store, name):
    draft = store.begin()
    draft.add("strip.png", b"first", "strip")
    with pytest.raises(UsageError):
        draft.add(name, b"second", "strip")
    kept = draft.confirm(ABOUT)
    with pytest.raises(UsageError):
        store.add(kept.manifest.id, name, b"second", "strip")
    assert (kept.folder / "strip.png").read_bytes() == b"first"
    assert_whole(kept.folder)


def test_what_comes_later_is_added_whole(store):
    kept = keep(store)
    store.add(kept.manifest.id, "clip.mp4", b"talk" * 99, "clip")
    assert_whole(kept.folder)
    assert [entry.kind for entry in store.get(kept.manifest.id).manifest.files] == ["strip", "cut", "cut", "clip"]


def test_nothing_is_kept_without_consent(store):
    draft = store.begin()
    draft.add("strip.png", b"x", "strip")
    with pytest.raises(ConsentMissing):
        draft.confirm(ABOUT.model_copy(update={"consent": Consent(photo=False)}))
    assert visible(store.root) == []
    silent = draft.confirm(ABOUT.model_copy(update={"consent": Consent(photo=True)}))
    with pytest.raises(ConsentMissing):
        store.add(silent.manifest.id, "clip.mp4", b"x", "clip")
    assert_whole(silent.folder)


def keep_silent(store):
    """A session whose visitors agreed to pictures only."""
    draft = store.begin()
    draft.add("strip.png", b"x", "strip")
    return draft.confirm(ABOUT.model_copy(update={"consent": Consent(photo=True)}))


def test_a_voice_may_be_agreed_to_afterwards_and_only_then_a_clip_is_kept(store, clock):
    id = keep_silent(store).manifest.id
    assert "voice_agreed" not in (store.root / id / "manifest.json").read_text()
    clock.at += 90
    agreed = store.consent_voice(id)
    assert agreed == store.get(id)
    assert agreed.manifest.consent == Consent(photo=True, voice=True)
    assert agreed.manifest.voice_agreed.timestamp() == clock.at
    store.add(id, "talking.mp4", b"talk", "clip")
    assert_whole(agreed.folder)
    written = json.loads((agreed.folder / "manifest.json").read_bytes())
    assert (written["consent"], written["voice_agreed"][-1]) == ({"photo": True, "voice": True}, "Z")
    assert store.repair() == Repaired()


def test_agreeing_again_changes_nothing(store, clock):
    id = keep_silent(store).manifest.id
    first = store.consent_voice(id)
    clock.at += 90
    assert store.consent_voice(id) == first
    told_at_once = keep(store)
    assert store.consent_voice(told_at_once.manifest.id) == told_at_once


def test_nobody_agrees_in_a_session_that_is_gone(store):
    id = keep_silent(store).manifest.id
    store.delete(id, "visitor")
    with pytest.raises(SessionUnknown):
        store.consent_voice(id)


def test_a_consent_that_cannot_be_written_down_is_none(store, monkeypatch):
    id = keep_silent(store).manifest.id
    monkeypatch.setattr("booth.sinks.store.write_atomic", lambda path, data: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    with pytest.raises(StorageFull):
        store.consent_voice(id)
    with pytest.raises(ConsentMissing):
        store.add(id, "talking.mp4", b"talk", "clip")


def test_a_session_dated_anew_keeps_when_its_voice_was_agreed_to(store, clock):
    id = keep_silent(store).manifest.id
    clock.at += 90
    store.consent_voice(id)
    clock.at -= 30 * DAY
    store.purge_expired(trust_clock=True)
    manifest = store.get(id).manifest
    assert manifest.created.timestamp() == clock.at
    assert (manifest.voice_agreed - manifest.created).total_seconds() == 90


def test_deleting_takes_every_copy_and_writes_it_down_without_a_name(tmp_path, clock):
    forgotten = []
    store = Store(tmp_path, SMALL, clock, forget=[lambda *what: forgotten.append(what)])
    kept, other = keep(store), keep(store)
    store.delete(kept.manifest.id, "visitor")
    assert visible(store.root) == [other.manifest.id]
    assert [k.manifest.id for k in store.sessions()] == [other.manifest.id]
    assert forgotten == [(kept.manifest.id, "visitor")]
    line = json.loads((store.root / "purges.log").read_text())
    assert (line["why"], line["files"]) == ("visitor", 4)
    assert kept.manifest.id not in (store.root / "purges.log").read_text()
    assert not list(store.root.glob(".gone-*"))
    with pytest.raises(SessionUnknown):
        store.delete(kept.manifest.id, "visitor")
    store.close()


def test_a_copy_that_resists_is_tried_again(tmp_path, clock):
    fail = [True]

    def spool(id, why):
        if fail.pop():
            raise StorageBroken("the spool is away")
        fail.append(False)

    store = Store(tmp_path, SMALL, clock, forget=[spool])
    kept = keep(store)
    store.delete(kept.manifest.id, "operator")
    assert (store.sessions(), visible(store.root)) == ([], [])
    assert len(list(store.root.glob(".gone-*"))) == 1
    fail.append(False)
    store.purge_expired()
    assert not list(store.root.glob(".gone-*"))
    store.close()


def test_expired_sessions_go(store, clock):
    old = keep(store)
    clock.at += DAY
    young = keep(store)
    clock.at += 1.5 * DAY
    assert store.purge_expired() == 1
    assert visible(store.root) == [young.manifest.id]
    with pytest.raises(SessionUnknown):
        store.get(old.manifest.id)


def test_a_clock_that_jumps_deletes_nothing(store, clock):
    kept = keep(store)
    clock.at += 400 * DAY
    ahead = keep(store)                             # made after the jump: must not make the jump look right
    store.link(ahead.manifest.id, "ab" * 32, 1.0)
    with pytest.raises(ClockDoubtful, match="check the date"):
        store.purge_expired()
    clock.at = 86400.0                              # an empty battery: 1970
    with pytest.raises(ClockDoubtful, match="went back"):
        store.purge_expired()
    assert len(store.sessions()) == 2
    clock.at = LONG_AGO + 1
    assert store.purge_expired(trust_clock=True) == 0
    assert store.purge_expired() == 0               # those dated in the future are dated now
    assert kept.manifest.id in visible(store.root)
    assert store.by_link("ab" * 32).manifest.links[0].expires_at.timestamp() == clock.at + 3600
    clock.at += 2.1 * DAY
    assert store.purge_expired() == 2


def test_a_session_made_in_1970_does_not_expire_when_the_clock_is_set_right(store, clock):
    keep(store)
    clock.at = 86400.0
    late = keep(store)
    clock.at = LONG_AGO + DAY
    assert store.purge_expired() == 0
    assert late.manifest.created.timestamp() == LONG_AGO


def test_a_booth_that_slept_for_weeks_asks(store, clock):
    keep(store)
    clock.at += 30 * DAY
    with pytest.raises(ClockDoubtful):
        store.purge_expired()
    assert store.purge_expired(trust_clock=True) == 1


@pytest.mark.parametrize("damage", ["future", "broken", "missing", "copied"])
def test_a_manifest_that_cannot_be_read_is_left_alone(store, clock, damage):
    kept = keep(store)
    manifest = kept.folder / "manifest.json"
    if damage == "future":
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "version": 2, "hologram": True}))
    elif damage == "broken":
        manifest.write_bytes(manifest.read_bytes()[:40])
    elif damage == "missing":
        manifest.unlink()
    else:
        shutil.copytree(kept.folder, store.root / "copy")
    name = "copy" if damage == "copied" else kept.manifest.id
    before = {f: f.read_bytes() for f in (store.root / name).iterdir()}
    assert store.repair().unreadable == (name,)
    clock.at += 3 * DAY
    store.purge_expired()
    assert {f: f.read_bytes() for f in (store.root / name).iterdir()} == before
    assert name not in [k.manifest.id for k in store.sessions()]


def test_the_index_is_rebuilt_from_disk(tmp_path, clock):
    store = Store(tmp_path, SMALL, clock)
    store.repair()
    kept = [keep(store) for _ in range(3)]
    store.link(kept[0].manifest.id, "ab" * 32, 1.0)
    before = store.sessions()
    store.close()
    for damage in (b"no database at all" * 500, None):
        for part in ("", "-wal", "-shm"):
            (tmp_path / f"index.sqlite{part}").unlink(missing_ok=True)
        if damage is not None:
            (tmp_path / "index.sqlite").write_bytes(damage)
        store = Store(tmp_path, SMALL, clock)
        assert store.sessions() == []
        assert store.repair().index_rows == 3
        assert store.sessions() == before
        assert store.by_link("ab" * 32).manifest.id == kept[0].manifest.id
        store.close()
    shutil.rmtree(kept[1].folder)
    store = Store(tmp_path, SMALL, clock)
    assert store.repair().index_rows == 1
    assert len(store.sessions()) == 2
    store.close()


def test_damaged_files_are_reported_and_kept(store):
    kept = keep(store)
    (kept.folder / "strip.png").write_bytes(b"half")
    assert store.repair().damaged == (kept.manifest.id,)
    assert kept.folder.is_dir()


def test_a_session_deleted_by_hand_does_not_stop_the_purge(store, clock):
    shutil.rmtree(keep(store).folder)
    clock.at += 3 * DAY
    assert store.purge_expired() == 1
    assert store.sessions() == []


def test_many_threads_share_a_store(store):
    with ThreadPoolExecutor(4) as pool:
        kept = list(pool.map(lambda _: keep(store), range(16)))
        list(pool.map(lambda k: store.add(k.manifest.id, "clip.mp4", b"talk", "clip"), kept))
    assert len(store.sessions()) == len(visible(store.root)) == 16
    for one in store.sessions():
        assert_whole(one.folder)
    assert store.repair() == Repaired()


def test_one_booth_at_a_time(store):
    with pytest.raises(AlreadyRunning):
        Store(store.root)


def test_room_warns_before_it_refuses(tmp_path):
    free_mib = shutil.disk_usage(tmp_path).free / 2**20
    for left, level in ((None, "ok"), (9, "low"), (0, "full")):
        spare = 0.0 if left is None else free_mib - left * 100 - 50
        store = Store(tmp_path / f"{left}", Budget(session_mib=100.0, spare_mib=spare, low_sessions=20))
        room = store.room()
        assert room.level == level
        if left is not None:
            assert abs(room.sessions_left - left) <= 1
        if level == "full":
            with pytest.raises(StorageFull, match="delete sessions"):
                store.begin()
        store.close()


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 1 MiB."""
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


def test_a_full_disk_shows_nothing_half(tiny_disk):
    store = Store(tiny_disk / "kept", SMALL)
    store.repair()
    first = keep(store)
    draft = store.begin()
    draft.add("strip.png", b"x" * 100_000, "strip")
    with (tiny_disk / "somebody-elses").open("wb") as file:             # the rest of the disk goes to somebody else …
        size = shutil.disk_usage(tiny_disk).free
        os.posix_fallocate(file.fileno(), 0, size)
    with pytest.raises(StorageFull):
        store.begin()
    draft.add("cut-1.png", b"y" * 100_000, "cut")                       # … but what is set aside is there
    with pytest.raises(StorageFull):
        draft.add("cut-2.png", b"z" * 300_000, "cut")
    with pytest.raises(StorageFull):
        store.add(first.manifest.id, "clip.mp4", b"z" * 300_000, "clip")
    assert visible(store.root) == [first.manifest.id]
    second = draft.confirm(ABOUT)
    assert store.repair() == Repaired()
    assert visible(store.root) == sorted([first.manifest.id, second.manifest.id])
    for kept in store.sessions():
        assert_whole(kept.folder)
    (tiny_disk / "somebody-elses").unlink()
    assert_whole(keep(store).folder)
    store.close()


def fill_up(root: Path) -> None:
    """In a child process: files may not grow beyond 300 kB."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    store = Store(root, SMALL)
    draft = store.begin()
    draft.add("strip.png", b"x" * 1000, "strip")
    with pytest.raises(StorageFull):
        draft.add("cut.png", b"y" * 400_000, "cut")
    kept = draft.confirm(ABOUT)
    with pytest.raises(StorageFull):
        store.add(kept.manifest.id, "clip.mp4", b"y" * 400_000, "clip")
    store.close()


def test_a_file_that_does_not_fit_leaves_no_half(tmp_path):
    child = multiprocessing.get_context("forkserver").Process(target=fill_up, args=(tmp_path,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    store = Store(tmp_path, SMALL)
    assert store.repair().drafts == 0
    assert [e.name for e in store.sessions()[0].manifest.files] == ["strip.png"]
    assert_whole(store.sessions()[0].folder)
    store.close()


def test_a_library_error_becomes_one_plain_line(store, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error")))
    draft = store.begin()
    with pytest.raises(StorageBroken, match="check the disk"):
        draft.add("strip.png", b"x", "strip")


def keep_for_ever(root: Path, said: Path, rounds) -> None:
    """In a child process: keep, add to, share and delete sessions; say so only when the call has returned. ``rounds`` counts."""
    with said.open("ab", buffering=0) as out:
        store = Store(root, SMALL)
        store.repair()
        while True:
            rounds.release()
            kept = keep(store, {**FILES, "big.png": os.urandom(60_000)})
            out.write(f"kept {kept.manifest.id}\n".encode())
            store.add(kept.manifest.id, "clip.mp4", os.urandom(30_000), "clip")
            out.write(f"added {kept.manifest.id}\n".encode())
            store.link(kept.manifest.id, secrets_of(kept.manifest.id), 1.0)
            if random.random() < 0.4:
                out.write(f"deleting {kept.manifest.id}\n".encode())
                store.delete(kept.manifest.id, "visitor")
                out.write(f"deleted {kept.manifest.id}\n".encode())


def secrets_of(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()


def test_killed_at_any_moment_every_session_said_to_be_kept_is_whole(tmp_path):
    root, said = tmp_path / "kept", tmp_path / "said"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    mended = 0
    for _ in range(25):
        rounds = context.Semaphore(0)
        child = context.Process(target=keep_for_ever, args=(root, said, rounds))
        child.start()
        for _ in range(random.randint(2, 4)):
            began = time.monotonic()
            assert rounds.acquire(timeout=30)
        time.sleep(random.uniform(0.0, time.monotonic() - began))                   # the random moment itself, on a machine of any speed
        child.kill()
        child.join(30)
        assert child.exitcode == -9
        store = Store(root, SMALL)
        mended += store.repair() != Repaired()
        folders = visible(root)
        assert [f for f in os.listdir(root) if f.startswith((".draft-", ".gone-"))] == []
        for name in folders:
            assert_whole(root / name)
        assert sorted(k.manifest.id for k in store.sessions()) == folders
        words = [line.split() for line in said.read_text().splitlines()] if said.exists() else []
        state = {word: {id for what, id in words if what == word} for word in ("kept", "added", "deleting", "deleted")}
        assert state["kept"] - state["deleting"] <= set(folders)
        assert not state["deleted"] & set(folders)
        assert all((root / id / "clip.mp4").is_file() for id in state["added"] & set(folders))
        store.close()
    assert len(state["kept"]) >= 25
    assert mended >= 5                              # else nothing was killed in the middle
