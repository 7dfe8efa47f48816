"""The journal: what was written is read back, in order, and damage is cut or refused, never passed over."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from zlib import crc32

import msgpack
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nobody import as_nobody

from hftd import native
from hftd.core.effects import AnyEffect, Effect, Submit
from hftd.core.events import AnyEvent, Event, Timer, Version
from hftd.core.orders import Order
from hftd.errors import HftdError
from hftd.runtime.past import journal as module
from hftd.runtime.past import record
from hftd.runtime.past.journal import FORMAT, HEAD, Begin, Frame, Journal, cut_torn_tail, read, segments

BEGIN = Begin(FORMAT, "2026-11-20", "abc123", "0.1.0", {"volume_modulo": Version("00ff")})
calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the code


@pytest.fixture(autouse=True, scope="module", params=["python", "compiled"] if native.wire else ["python"])
def twin(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test with records made either way."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "python":
            patch.setattr(module, "add_frames", record.add_frames_in_python)
            patch.setattr(record, "append", record.append_in_python)
        yield


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type, structs of structs included."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = {field.name: values(field.type) for field in msgspec.structs.fields(kind)}
        return st.builds(kind, **fields)
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        return st.one_of(*map(values, get_args(kind)))
    if get_origin(kind) is tuple and get_args(kind)[-1] is not Ellipsis:
        return st.tuples(*map(values, get_args(kind)))
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0]), max_size=3).map(tuple)
    if get_origin(kind) is dict:
        return st.dictionaries(*map(values, get_args(kind)), max_size=3)
    if get_origin(kind) is Annotated:  # a limit: above 0 where it is bounded at all
        base = get_args(kind)[0]
        bounded = any(meta.gt is not None or meta.ge is not None for meta in get_args(kind)[1:])
        above = {int: st.integers(1, 2**31), float: st.floats(0.001, 1e9)}
        return above[base] if bounded else values(base)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        int: st.integers(-(2**63), 2**63 - 1), float: st.floats(allow_nan=False), str: st.text(max_size=8),
        bool: st.booleans(), type(None): st.none(),
        Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    }  # fmt: skip
    return plain[kind]


EVENTS = st.one_of([values(kind) for kind in get_args(AnyEvent)])
EFFECTS = st.one_of([values(kind) for kind in get_args(AnyEffect)])
FRAMES = st.builds(Frame, st.text(max_size=8), st.integers(0, 2**63 - 1), st.binary(max_size=50))


def put(journal: Journal, content: Frame | Event | Effect) -> None:
    match content:
        case Frame(feed, seen, data):
            journal.frame(feed, seen, data)
        case Event():
            journal.event(content)
        case Effect():
            journal.effects([content])


def contents(folder: Path) -> list[Any]:
    """What is read, its numbers checked to be 1, 2, 3, …"""
    records = list(read(folder))
    assert [record.number for record in records] == list(range(1, len(records) + 1))
    return [record.content for record in records]


def written(folder: Path, count: int = 5) -> tuple[Path, list[int]]:
    """A journal of so many frames, each in a write of its own; its file, and where each of its records ends."""
    journal = Journal(folder, BEGIN)
    path = folder / "000001.journal"
    ends = [path.stat().st_size]
    for number in range(count):
        journal.frame("market data", number, b"frame %d" % number)
        journal.write()
        ends.append(path.stat().st_size)
    journal.close()
    return path, ends


# ---- round trip ------------------------------------------------------------------------------------------------


@calm
@given(st.lists(FRAMES | EVENTS | EFFECTS, max_size=8), st.data())
def test_what_goes_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Any], data: st.DataObject
) -> None:
    """Every event and every effect there is, however the writes fall."""
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder, BEGIN)
    for entry in entries:
        put(journal, entry)
        if data.draw(st.booleans()):
            journal.write()
    journal.close()

    assert contents(folder) == [BEGIN, *entries]


def test_a_record_is_length_checksum_and_msgpack(tmp_path: Path) -> None:
    """The documented form, read by the msgpack package and zlib's sum by hand."""
    journal = Journal(tmp_path, BEGIN)
    journal.event(Timer("key", 7, 8))
    journal.close()
    data = (tmp_path / "000001.journal").read_bytes()
    (length,) = (int.from_bytes(data[:4], "little"),)
    second = data[8 + length :]

    number, kind, begin = msgpack.unpackb(data[8 : 8 + length])
    assert (number, kind, begin[:4]) == (1, "begin", [2, "2026-11-20", "abc123", "0.1.0"])
    assert begin[4] == {"volume_modulo": ["00ff", "{}", "active", 0]}
    assert (begin[5]["max_shares"], begin[6], begin[7]["name"]) == ("500", False, "sim")
    assert msgpack.unpackb(second[8:]) == [2, "event", ["Timer", "key", 7, 8]]
    assert int.from_bytes(second[:4], "little") == len(second) - 8


def test_nothing_is_in_the_file_before_it_is_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path, BEGIN)
    journal.event(Timer("key", 7, 8))
    assert (journal.waiting, contents(tmp_path)) == (True, [BEGIN])
    journal.write()
    assert (journal.waiting, contents(tmp_path)) == (False, [BEGIN, Timer("key", 7, 8)])
    journal.close()


def test_everything_gathered_leaves_in_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = os.write
    monkeypatch.setattr(module.os, "write", lambda file, data: sizes.append(len(data)) or real(file, data))
    journal = Journal(tmp_path, BEGIN)
    for number in range(100):
        journal.frame("market data", number, b"x" * 20)
    journal.write()
    journal.close()

    assert len(sizes) == 2
    assert sum(sizes) == (tmp_path / "000001.journal").stat().st_size == journal.written


def test_frames_say_when_enough_has_gathered(tmp_path: Path) -> None:
    journal = Journal(tmp_path, BEGIN)
    journal.frame("market data", 1, b"x" * 32 * 1024)
    assert not journal.full

    journal.frame("market data", 2, b"x" * 32 * 1024)
    assert journal.full

    journal.write()
    assert not journal.full
    journal.close()


def test_a_journal_is_its_owner_s_alone(tmp_path: Path) -> None:
    Journal(tmp_path / "a" / "b", BEGIN).close()

    assert (tmp_path / "a" / "b" / "000001.journal").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("fsync", [False, True])
def test_the_disk_is_waited_for_only_where_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fsync: bool) -> None:
    """With fsync: after every write, before anything else; and the folder once, so that the file has a name."""
    done: list[str] = []
    for name in ("write", "fdatasync", "fsync"):
        real = getattr(os, name)
        monkeypatch.setattr(
            module.os, name, lambda *arguments, name=name, real=real: done.append(name) or real(*arguments)
        )
    journal = Journal(tmp_path, BEGIN, fsync=fsync)
    journal.event(Timer("key", 7, 8))
    journal.write()
    journal.close()

    assert done == (["fsync", "write", "fdatasync", "write", "fdatasync"] if fsync else ["write", "write"])


def test_an_entry_that_cannot_be_encoded_leaves_no_hole_in_the_numbers(tmp_path: Path) -> None:
    journal = Journal(tmp_path, BEGIN)
    with pytest.raises(OverflowError):
        journal.event(Timer("key", 2**70, 8))
    journal.event(Timer("key", 7, 8))
    journal.close()

    assert contents(tmp_path) == [BEGIN, Timer("key", 7, 8)]


# ---- segments --------------------------------------------------------------------------------------------------


def test_segments_roll_over_and_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each begins by saying whose journal it is; numbers go on."""
    monkeypatch.setattr(module, "SEGMENT", 2_000)
    journal = Journal(tmp_path, BEGIN)
    for number in range(160):
        journal.frame("market data", number, b"frame")
        journal.write()
    journal.close()
    found = contents(tmp_path)
    names = [path.name for path in segments(tmp_path)]

    assert names == [f"{number:06d}.journal" for number in range(1, len(names) + 1)]
    assert len(names) > 3
    assert [content.seen for content in found if isinstance(content, Frame)] == list(range(160))
    assert found.count(BEGIN) == len(names)


def test_writing_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT", 2_000)
    first = Journal(tmp_path, BEGIN)
    for number in range(45):
        first.frame("market data", number, b"frame")
        first.write()
    first.close()
    second = Journal(tmp_path, BEGIN, number=first.number, segment=len(segments(tmp_path)))
    second.event(Timer("key", 7, 8))
    second.close()

    assert contents(tmp_path)[-1] == Timer("key", 7, 8)


def many_segments(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.setattr(module, "SEGMENT", 2_000)
    journal = Journal(folder, BEGIN)
    for number in range(160):
        journal.frame("market data", number, b"frame")
        journal.write()
    journal.close()
    return segments(folder)


@pytest.mark.parametrize("place", [0, 1])
def test_a_missing_segment_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    paths = many_segments(tmp_path, monkeypatch)
    paths[place].unlink()

    with pytest.raises(HftdError, match=r"/00000[23]\.journal: record \d+ found, expected \d+: a part is missing$"):
        list(read(tmp_path))


def test_a_torn_segment_that_others_follow_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = many_segments(tmp_path, monkeypatch)
    os.truncate(paths[0], paths[0].stat().st_size - 1)

    with pytest.raises(HftdError, match=r"/000001\.journal: damaged at byte \d+, and whole records follow"):
        list(read(tmp_path))


@pytest.mark.parametrize("left", [0, 1, 20])
def test_a_segment_torn_in_its_first_record_begins_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """The process died right after rolling over."""
    paths = many_segments(tmp_path, monkeypatch)
    os.truncate(paths[-1], left)
    before = len(contents(tmp_path))

    assert cut_torn_tail(tmp_path) == left
    journal = Journal(tmp_path, BEGIN, number=before, segment=len(paths))
    journal.close()
    assert contents(tmp_path)[before:] == [BEGIN]


# ---- torn tails and damage -------------------------------------------------------------------------------------


def test_a_tail_torn_at_any_byte_is_cut_and_written_over(tmp_path: Path) -> None:
    """Whatever part of the last record reached the disk: it is gone, all before it stays, and numbers go on."""
    path, ends = written(tmp_path)
    whole = path.read_bytes()
    for end in range(ends[-2], ends[-1]):
        path.write_bytes(whole[:end])
        assert len(contents(tmp_path)) == 5
        assert cut_torn_tail(tmp_path) == end - ends[-2]
        assert cut_torn_tail(tmp_path) == 0
        journal = Journal(tmp_path, BEGIN, number=5)
        journal.event(Timer("after", 1, 2))
        journal.close()
        assert contents(tmp_path)[-1] == Timer("after", 1, 2)


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"\0" * 5, b"\x01\x02\x03", b"\xff" * 300])
def test_what_a_power_cut_leaves_behind_the_last_record_is_cut(tmp_path: Path, tail: bytes) -> None:
    path, ends = written(tmp_path)
    path.write_bytes(path.read_bytes() + tail)

    assert len(contents(tmp_path)) == 6
    assert cut_torn_tail(tmp_path) == len(tail)
    assert path.stat().st_size == ends[-1]


def test_any_flipped_bit_before_the_last_record_is_refused_and_nothing_is_cut(tmp_path: Path) -> None:
    path, ends = written(tmp_path)
    whole = path.read_bytes()
    message = rf"{path}: damaged at byte \d+, and whole records follow: restore it from a backup$"
    for place in range(ends[1], ends[2]):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            path.write_bytes(damaged)
            with pytest.raises(HftdError, match=message):
                list(read(tmp_path))
            with pytest.raises(HftdError, match=message):
                cut_torn_tail(tmp_path)
            assert path.read_bytes() == damaged


@calm
@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_refused_or_cut(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    folder = tmp_path_factory.mktemp("noise")
    (folder / "000001.journal").write_bytes(noise)

    assert list(read(folder)) == []
    assert cut_torn_tail(folder) == len(noise)


@pytest.mark.parametrize(
    "body",
    [[1, "event", ["NoSuchEvent", 1]], [1, "event", ["Timer", 5, 5, 5]], [1, "nonsense", []], [1], "text",
     [1, "begin", ["one", "day"]], [-1, "effect", None]],
)  # fmt: skip
def test_a_record_of_another_program_is_refused(tmp_path: Path, body: Any) -> None:
    """Its checksum is right, so it was written that way: by another version, or not by hftd."""
    data = msgpack.packb(body)
    (tmp_path / "000001.journal").write_bytes(HEAD.pack(len(data), crc32(data)) + data)

    with pytest.raises(HftdError, match=r"/000001\.journal: holds a record this hftd cannot read, expected one of its"):
        list(read(tmp_path))


def test_no_journal_is_no_records(tmp_path: Path) -> None:
    assert (list(read(tmp_path / "absent")), cut_torn_tail(tmp_path), segments(tmp_path)) == ([], 0, [])


# ---- a disk that does not take it ------------------------------------------------------------------------------


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond ``size`` bytes: the kernel takes a part of a write and refuses the rest."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_and_leaves_no_half_record(tmp_path: Path) -> None:
    """What was refused is kept, and is written once there is room again."""
    path, ends = written(tmp_path)
    journal = Journal(tmp_path, BEGIN, number=6)
    order = Order("20261120-abc123-000001", "m", "SPY", "buy", Decimal(5), None, "day", 1)
    journal.frame("market data", 9, b"x" * 100)
    journal.effects([Submit(order)])
    with room_for(ends[-1] + 60):
        for _ in range(2):
            with pytest.raises(HftdError, match=rf"^{path}: cannot be written: File too large$"):
                journal.write()
            assert path.stat().st_size == ends[-1]
    assert len(contents(tmp_path)) == 6
    journal.close()

    assert contents(tmp_path)[6:] == [Frame("market data", 9, b"x" * 100), Submit(order)]


def test_a_disk_full_from_the_start_is_said(tmp_path: Path) -> None:
    with room_for(10), pytest.raises(HftdError, match=r"/000001\.journal: cannot be written: File too large$"):
        Journal(tmp_path, BEGIN)


def test_closing_on_a_full_disk_says_so_and_gives_the_file_back(tmp_path: Path) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    journal = Journal(tmp_path, BEGIN)
    journal.frame("market data", 9, b"x" * 1000)
    with room_for(200), pytest.raises(HftdError, match="cannot be written"):
        journal.close()

    assert sorted(os.listdir("/proc/self/fd")) == before


def test_a_folder_that_may_not_be_written_is_named() -> None:
    """A folder of its own: the way to pytest's is closed to everybody else."""
    said = r"/000001\.journal: cannot be opened for writing: Permission denied$"
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)
        with as_nobody(), pytest.raises(HftdError, match=said):
            Journal(Path(folder), BEGIN)


def test_a_journal_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "000001.journal").mkdir()

    for act in (lambda: list(read(tmp_path)), lambda: cut_torn_tail(tmp_path), lambda: Journal(tmp_path, BEGIN)):
        with pytest.raises(HftdError, match=r"/000001\.journal: cannot be .*: Is a directory$"):
            act()


# ---- a change of segments that fails ----------------------------------------------------------------------------


@contextmanager
def no_more_files() -> Iterator[None]:
    """As if every descriptor were in use: nothing more can be opened."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_where_no_segment_can_be_opened_the_full_one_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A descriptor that was closed may be another file's or a socket's by the next write; so none is."""
    monkeypatch.setattr(module, "SEGMENT", 1_000)
    journal = Journal(tmp_path, BEGIN)
    said = [Frame("market data", number, b"x" * 400) for number in range(9)]
    for frame in said[:6]:
        journal.frame(frame.feed, frame.seen, frame.data)
        with no_more_files():
            journal.write()
    assert [path.name for path in segments(tmp_path)] == ["000001.journal"]
    for frame in said[6:]:
        journal.frame(frame.feed, frame.seen, frame.data)
        journal.write()
    journal.close()

    assert len(segments(tmp_path)) > 1
    assert [each for each in contents(tmp_path) if isinstance(each, Frame)] == said


def test_a_segment_that_cannot_be_begun_is_said_and_begins_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full just as the next segment begins: no record goes missing, and none is there twice."""
    monkeypatch.setattr(module, "SEGMENT", 1_000)
    journal = Journal(tmp_path, BEGIN)
    said = [Frame("market data", number, bytes([number]) * 1_200) for number in range(3)]
    first, write = journal._file, os.write

    def takes_no_more_than_a_segment(descriptor: int, data: bytes) -> int:
        if descriptor != first:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    journal.frame(said[0].feed, said[0].seen, said[0].data)
    with monkeypatch.context() as patch:
        patch.setattr(module.os, "write", takes_no_more_than_a_segment)
        with pytest.raises(HftdError, match=r"/000002\.journal: cannot be written: No space left on device$"):
            journal.write()
    for frame in said[1:]:
        journal.frame(frame.feed, frame.seen, frame.data)
        journal.write()
    journal.close()

    assert [each for each in contents(tmp_path) if isinstance(each, Frame)] == said


def test_nothing_is_written_behind_half_a_record_that_could_not_be_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be damage with whole records behind it, which ends the next start."""
    path, ends = written(tmp_path)
    journal = Journal(tmp_path, BEGIN, number=6)
    cut, cuts = os.ftruncate, []

    def fails_twice(descriptor: int, length: int) -> None:
        cuts.append(length)
        if len(cuts) < 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        cut(descriptor, length)

    monkeypatch.setattr(module.os, "ftruncate", fails_twice)
    journal.frame("market data", 9, b"x" * 100)
    with room_for(ends[-1] + 60), pytest.raises(HftdError, match="cannot be written"):
        journal.write()
    assert path.stat().st_size == ends[-1] + 60
    with pytest.raises(HftdError, match=r"cannot be written: No space left on device$"):
        journal.write()
    journal.close()

    assert cuts == [ends[-1]] * 3
    assert contents(tmp_path)[6:] == [Frame("market data", 9, b"x" * 100)]
