"""The inbox sensor's decisions: when a file is complete, and what makes a batch."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.home import Home
from pipeline.orchestration.inbox import (
    Decision,
    InboxFile,
    Watch,
    batch_key,
    batch_paths,
    decide,
    look,
    read_cursor,
    write_cursor,
)  # fmt: skip

START = datetime.fromisoformat("2031-06-01T09:00:00+09:00")
FIRST = InboxFile("a.xlsx", 100, 1)
SECOND = InboxFile("b.xlsx", 200, 2)


def after(seconds: float, files: list[InboxFile], watch: Watch) -> Decision:
    return decide(2031, files, watch, START + timedelta(seconds=seconds))


def test_an_empty_inbox_is_a_reason_to_skip() -> None:
    decision = after(0, [], Watch())
    assert decision.run_key is None
    assert decision.reason == "2031: nothing new in the inbox"


def test_a_file_is_complete_after_thirty_quiet_seconds_and_not_before() -> None:
    watch = after(0, [FIRST], Watch()).watch
    early = after(29, [FIRST], watch)
    assert early.run_key is None
    assert early.reason == "2031: 1 of 1 files may still be being copied"
    assert after(30, [FIRST], early.watch).files == (FIRST,)


def test_a_file_that_grows_or_is_touched_waits_anew() -> None:
    watch = after(0, [FIRST], Watch()).watch
    for changed in (InboxFile("a.xlsx", 101, 1), InboxFile("a.xlsx", 100, 9)):
        again = after(30, [changed], watch)
        assert again.run_key is None
        assert after(60, [changed], again.watch).files == (changed,)


def test_old_time_stamps_do_not_make_a_new_file_complete() -> None:
    assert after(0, [InboxFile("copied-with-its-times.xlsx", 100, 1)], Watch()).run_key is None


def test_a_batch_leaves_out_what_is_still_being_copied_and_the_next_takes_it() -> None:
    watch = after(0, [FIRST], Watch()).watch
    first = after(30, [FIRST, SECOND], watch)
    assert first.files == (FIRST,)
    waiting = after(59, [FIRST, SECOND], first.watch)
    assert waiting.run_key is None
    assert waiting.reason == "2031: 1 of 2 files may still be being copied"
    second = after(60, [FIRST, SECOND], waiting.watch)
    assert second.files == (FIRST, SECOND)
    assert second.run_key != first.run_key


def test_a_batch_is_started_once() -> None:
    watch = after(30, [FIRST], after(0, [FIRST], Watch()).watch).watch
    later = after(3600, [FIRST], watch)
    assert later.run_key is None
    assert later.reason == "2031: all 1 files were in the last batch"
    assert later.watch.first_seen == {}
    assert after(7200, [FIRST], later.watch).run_key is None


def test_a_batch_key_follows_from_year_names_sizes_and_times_but_not_from_order() -> None:
    assert batch_key(2031, [FIRST, SECOND]) == batch_key(2031, [SECOND, FIRST])
    others = [InboxFile("c.xlsx", 100, 1), InboxFile("a.xlsx", 101, 1), InboxFile("a.xlsx", 100, 2)]
    keys = {batch_key(2031, [file]) for file in [FIRST, *others]} | {batch_key(2032, [FIRST])}
    assert len(keys) == 5


def test_what_is_remembered_survives_the_cursor() -> None:
    watches = {2031: after(0, [FIRST, SECOND], Watch()).watch, 2032: Watch(last_batch="2032-abc")}
    assert read_cursor(write_cursor(watches)) == watches
    assert read_cursor(None) == {}


def test_temporary_files_are_not_looked_at(home: Home) -> None:
    folder = home.inbox(2031) / "郵送分"
    folder.mkdir(parents=True)
    for name in ("~$a.xlsx", ".a.xlsx", "b.xlsx.part", "c.xlsx.crdownload", "d.tmp", "e.xlsx"):
        (folder / name).write_bytes(b"12345")
    assert [(file.name, file.size) for file in look(home, 2031)] == [("郵送分/e.xlsx", 5)]


def test_only_the_files_of_a_batch_are_collected(home: Home) -> None:
    home.inbox(2031).mkdir(parents=True)
    for name in ("a.xlsx", "b.xlsx"):
        (home.inbox(2031) / name).write_bytes(b"1")
    assert batch_paths(home, 2031, ["b.xlsx", "gone.xlsx"]) == [home.inbox(2031) / "b.xlsx"]
    assert batch_paths(home, 2031, []) is None


def test_a_clock_that_is_set_back_lets_no_file_wait_for_longer() -> None:
    watch = after(0, [FIRST], Watch()).watch
    back = after(-7200, [FIRST], watch)
    assert back.run_key is None
    assert after(-7171, [FIRST], back.watch).run_key is None
    assert after(-7170, [FIRST], back.watch).files == (FIRST,)
