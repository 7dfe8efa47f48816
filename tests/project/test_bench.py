"""The benchmark works, and its figures are what its runs say. How fast anything is, no test asks."""

import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench import wire
from bench.figures import COMPARED, Ratio, Reading, Row, quantile, ratios, rows
from bench.page import page
from bench.plan import Plan
from bench.report import Figures, figure, table
from bench.rest import Account
from bench.ticks import START, frame
from bench.tls import certificate, serving, trusting
from bench.venue import Venue

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the short form of the whole benchmark wrote."""
    out = tmp_path_factory.mktemp("bench") / "bench.json"
    command = [sys.executable, "-m", "bench", "--quick", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout
    return json.loads(out.read_text())


def test_every_part_was_measured(quick):
    parts = {row["name"].partition("/")[0] for row in quick["rows"]}
    assert parts == {
        "tick to order", "rare ticks", "ingest", "pieces", "replay", "compiled", "risk", "readers", "start", "memory",
    }  # fmt: skip


def test_every_program_ordered_in_time(quick):
    programs = {row["name"].split("/")[1] for row in quick["rows"] if row["name"].startswith("tick to order/")}
    plain = {"bare", "hftd", "alpaca-py raw"}
    assert programs == plain | {f"{name} tls" for name in plain} | {"least"}


def test_every_figure_is_positive_and_between_the_lowest_and_the_highest_run(quick):
    for row in quick["rows"]:
        assert 0 < row["min"] <= row["median"] <= row["max"], row["name"]
        assert len(row["runs"]) == quick["plan"]["runs"] == 1, row["name"]
        assert row["unit"] in {"µs", "µs/tick", "prints/s", "ns/print", "events/s", "s", "MB"}, row["name"]


def test_ratios_are_the_quotients_of_their_rows(quick):
    medians = {row["name"]: row["median"] for row in quick["rows"]}
    # Of 28: the short form leaves out two ways to wait, one of two clients, and nautilus_trader.
    assert len(quick["ratios"]) == 13
    for ratio in quick["ratios"]:
        assert ratio["value"] * medians[ratio["under"]] == pytest.approx(medians[ratio["over"]], rel=1e-12)


def test_the_machine_is_described(quick):
    machine = quick["machine"]
    assert machine["python"] == sys.version.split()[0]
    assert machine["cores"] >= 1
    assert len(machine["load"]) == 3


def test_a_page_of_the_documentation_holds_every_median(quick):
    plan, rows_ = Plan(**quick["plan"]), [Row(**row) for row in quick["rows"]]
    text = page(Figures(quick["machine"], plan, rows_, [Ratio(**ratio) for ratio in quick["ratios"]]))
    for row in rows_:
        assert f"- {figure(row.median)} {row.unit}" in text, row.name


def test_a_page_says_what_was_not_measured():
    machine = {
        "cpu": "one",
        "cores": 1,
        "kernel": "Linux",
        "python": "3.11",
        "packages": {},
        "load": [0.5],
        "recorded": True,
    }
    assert page(Figures(machine, Plan(), [], [])).count("Not measured.") == 11


def test_a_row_has_median_and_extremes_of_its_runs():
    readings = [Reading("a", "s", value) for value in (5.0, 1.0, 2.0, 9.0)]
    assert rows(readings) == [Row("a", "s", 3.5, 1.0, 9.0, (5.0, 1.0, 2.0, 9.0))]


def test_rows_are_told_apart_by_name():
    found = rows([Reading("b", "s", 1.0), Reading("a", "s", 2.0), Reading("b", "s", 3.0)])
    assert [(row.name, row.runs) for row in found] == [("a", (2.0,)), ("b", (1.0, 3.0))]


def test_a_ratio_divides_medians():
    name, over, under = COMPARED[0]
    measured = rows([Reading(over, "µs", 30.0), Reading(over, "µs", 50.0), Reading(under, "µs", 16.0)])
    assert ratios(measured) == [Ratio(name, over, under, 2.5)]


@pytest.mark.parametrize(("share", "expected"), [(0.5, 3), (0.99, 5), (0.2, 1), (0.0, 1), (1.0, 5)])
def test_a_quantile_is_one_of_the_samples(share, expected):
    assert quantile([5, 3, 1, 2, 4], share) == expected


@pytest.mark.parametrize(("value", "text"), [(0.123456, "0.123"), (12.345, "12.3"), (123.4, "123"), (1e6, "1,000,000")])
def test_figures_have_three_digits(value, text):
    assert figure(value) == text


def test_a_terminal_sees_rows_and_ratios():
    text = table(Figures({}, Plan(), [Row("a/b", "µs", 2.0, 1.0, 3.0, ())], [Ratio("a over b", "a", "b", 1.5)]))
    assert "a/b" in text
    assert text.endswith("1.50")


def test_a_handshake_is_answered_as_the_standard_shows():
    # RFC 6455 section 1.3.
    request = wire.Request("GET", "/", {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}, b"")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in wire.upgrade(request)


def test_frames_are_those_of_the_standard():
    # RFC 6455 section 5.7: "Hello" in one unmasked frame, 256 bytes, 64 KiB.
    assert wire.frame(wire.TEXT, b"Hello") == bytes.fromhex("810548656c6c6f")
    assert wire.frame(wire.BINARY, bytes(256))[:4] == bytes.fromhex("827e0100")
    assert wire.frame(wire.BINARY, bytes(65536))[:10] == bytes.fromhex("827f0000000000010000")


def test_masked_and_fragmented_messages_are_read():
    # RFC 6455 section 5.7: a masked "Hello"; then "Hel" and "lo" in two masked frames, byte by byte.
    mask = bytes.fromhex("37fa213d")
    parts = [bytes([0x01, 0x83]) + mask + bytes(a ^ b for a, b in zip(b"Hel", mask, strict=False)),
             bytes([0x80, 0x82]) + mask + bytes(a ^ b for a, b in zip(b"lo", mask, strict=False))]  # fmt: skip
    buffer, gathered, messages = bytearray(), bytearray(), []
    for byte in bytes.fromhex("818537fa213d7f9f4d5158") + b"".join(parts):
        buffer.append(byte)
        messages += wire.take_messages(buffer, gathered)
    assert messages == [(wire.TEXT, b"Hello"), (0, b"Hello")]
    assert not buffer


def test_a_request_is_taken_when_its_body_is_whole():
    buffer = bytearray(b"POST /v2/orders HTTP/1.1\r\nContent-Length: 4\r\n\r\nab")
    assert wire.take_request(buffer) is None
    buffer += b"cdGET"
    assert wire.take_request(buffer) == wire.Request("POST", "/v2/orders", {"content-length": "4"}, b"abcd")
    assert buffer == b"GET"


def test_prints_carry_the_same_time_in_both_encodings():
    msgpack = pytest.importorskip("msgpack")
    (text,) = json.loads(frame(1, START + 123_456_789, [17], msgpack=False))
    (packed,) = msgpack.unpackb(frame(1, START + 123_456_789, [17], msgpack=True))
    assert text["t"] == "2026-09-16T14:00:00.123456789Z"
    assert packed["t"].to_unix_nano() == START + 123_456_789
    assert {**text, "t": 0} == {**packed, "t": 0}


BODY = b'{"symbol":"SPY","qty":"1","side":"buy","type":"market","time_in_force":"day","client_order_id":"x"}'


def test_an_order_is_taken_and_filled_once():
    taken, fill = Account().take_order(BODY, START)
    order, update = json.loads(taken), json.loads(fill)["data"]
    assert (order["client_order_id"], order["status"], order["filled_qty"]) == ("x", "accepted", "0")
    assert (update["event"], update["qty"], update["order"]["status"]) == ("fill", "1", "filled")
    assert update["order"]["id"] == order["id"]


def test_the_account_holds_what_was_bought():
    account = Account()
    assert account.answer("/v2/positions", START) == (200, [])
    account.take_order(BODY, START)
    account.take_order(BODY.replace(b'"x"', b'"y"'), START)
    (held,) = account.answer("/v2/positions", START)[1]
    assert (held["symbol"], held["qty"]) == ("SPY", "2")
    assert account.answer("/v2/account", START)[1]["cash"] == "999998875.66"  # two at 562.17
    assert [order["client_order_id"] for order in account.answer("/v2/orders?status=all", START)[1]] == ["y", "x"]
    assert account.answer("/v2/orders:by_client_order_id?client_order_id=x", START)[1]["status"] == "filled"
    assert account.answer("/v2/orders:by_client_order_id?client_order_id=z", START)[0] == 404


def test_the_venue_knows_the_weekdays():
    status, days = Account().answer("/v2/calendar?start=2026-09-18&end=2026-09-21", START)
    assert status == 200
    assert [day["date"] for day in days] == ["2026-09-18", "2026-09-21"]


def test_a_path_the_venue_does_not_have_is_not_found():
    assert Account().answer("/v2/nothing", START)[0] == 404


@pytest.fixture
def secure(tmp_path) -> Iterator[tuple[Venue, Path]]:
    """A venue over TLS, and its certificate."""
    shown = certificate(tmp_path)
    with Venue(serving(shown)) as venue:
        yield venue, shown


def sent(venue: Venue, trusted: ssl.SSLContext, *parts: bytes) -> tuple[str | None, bytes]:
    """The version of TLS a client of ``venue`` speaks, and what it is told when it has sent each of ``parts``."""

    def work() -> tuple[str | None, bytes]:
        with (
            socket.create_connection(("127.0.0.1", venue.port), timeout=10) as plain,
            trusted.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            for part in parts:
                connection.sendall(part)
            return connection.version(), connection.recv(65536)

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        venue.until(working.done, "the client's work")
        return working.result()


def test_an_order_over_tls_is_whole_with_its_last_record(secure):
    venue, shown = secure
    body = BODY + b" " * 40_000  # a record holds 16,384 bytes at the most (RFC 8446 section 5.1)
    head = b"POST /v2/orders HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
    version, answer = sent(venue, ssl.create_default_context(cafile=shown), head, body)
    assert version == "TLSv1.3"
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert (venue.orders, venue.received_at > 0) == (1, True)


def test_who_does_not_trust_the_venue_is_left_alone_and_others_are_served(secure):
    venue, shown = secure
    with pytest.raises(ssl.SSLCertVerificationError):
        sent(venue, ssl.create_default_context(), b"GET /v2/clock HTTP/1.1\r\n\r\n")
    asked = sent(venue, ssl.create_default_context(cafile=shown), b"GET /v2/clock HTTP/1.1\r\n\r\n")
    assert asked[1].startswith(b"HTTP/1.1 200 ")


def test_programs_under_test_trust_the_certificate(secure, monkeypatch):
    venue, shown = secure
    for name, value in trusting(shown).items():
        monkeypatch.setenv(name, value)
    trusted = ssl.create_default_context()
    assert sent(venue, trusted, b"GET /v2/clock HTTP/1.1\r\n\r\n")[0] == "TLSv1.3"
