"""Alpaca's order path: the bytes of a request, read by Python's own HTTP server, and what each answer proves."""

import json
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd import native
from hftd.core.effects import Cancel
from hftd.core.events import Event, OrderUpdate
from hftd.core.intents import TimeInForce
from hftd.core.orders import Order
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Request
from hftd.venues.alpaca.broker import AlpacaBroker

SEEN = 1_800_000_000_000_000_000
NAME = "20261120-abc123-000001"
BROKER = AlpacaBroker("https://paper.example", Keys("KEY", "SECRET"))
calm = settings(deadline=None)  # a busy machine is no fault of the code


class Read(BaseHTTPRequestHandler):
    """One request, read from memory by Python's own HTTP server."""

    def __init__(self, wire: bytes) -> None:
        self.rfile = BytesIO(wire)
        self.raw_requestline = self.rfile.readline()
        self.problem = ""
        assert self.parse_request(), self.problem
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.rest = self.rfile.read()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        self.problem = f"{code} {message} {explain}"

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def order(side: Any = "buy", shares: str = "35", limit: str | None = None, tif: TimeInForce = "day") -> Order:
    price = None if limit is None else Decimal(limit)
    return Order(NAME, "volume_modulo", "SPY", side, Decimal(shares), price, tif, SEEN)


SUBMIT = BROKER.submit(order())
FIGURES = st.decimals(-10_000, 10_000, places=3) | st.sampled_from([Decimal("1E+2"), Decimal("0E-9"), Decimal(10**40)])


@settings(deadline=None, max_examples=500)
@given(
    st.text(max_size=8) | st.sampled_from(["SPY", "BRK.B", 'A"B', "A\\B", "Ä", "A\x7f", "A\n", "X" * 2_000]),
    st.sampled_from(["buy", "sell"]), FIGURES, FIGURES | st.none(), st.booleans(),
)  # fmt: skip
def test_a_compiled_request_is_the_one_python_makes(
    symbol: str, side: Any, shares: Decimal, limit: Decimal | None, extended: bool
) -> None:
    asked = Order(NAME, "model", symbol, side, shares, limit, "day", SEEN, "", extended)
    made = BROKER.submit(asked)
    assert made == BROKER.submit_in_python(asked)
    assert json.loads(made.wire.partition(b"\r\n\r\n")[2])["symbol"] == symbol


@pytest.mark.skipif(native.wire is None, reason="hftd was installed without a compiler")
def test_the_usual_request_is_compiled() -> None:
    with patch("hftd.venues.alpaca.broker._body", side_effect=AssertionError):
        broker = AlpacaBroker("https://paper.example", Keys("KEY", "SECRET"))
        for usual in (order(), order("sell", "0.5", "561.25")):
            assert json.loads(broker.submit(usual).wire.partition(b"\r\n\r\n")[2])["client_order_id"] == NAME


# ---- requests --------------------------------------------------------------------------------------------------


def test_a_market_order_is_the_documented_request() -> None:
    """POST /v2/orders with every field the table of the reference asks for, and the keys in their headers."""
    read = Read(SUBMIT.wire)

    assert (read.command, read.path, read.request_version) == ("POST", "/v2/orders", "HTTP/1.1")
    assert dict(read.headers) == {
        "Host": "paper.example", "APCA-API-KEY-ID": "KEY", "APCA-API-SECRET-KEY": "SECRET", "User-Agent": "hftd",
        "Accept": "application/json", "Content-Type": "application/json", "Content-Length": str(len(read.body)),
    }  # fmt: skip
    assert read.json == {
        "symbol": "SPY", "qty": "35", "side": "buy", "type": "market", "time_in_force": "day", "client_order_id": NAME,
    }  # fmt: skip
    assert (read.rest, SUBMIT.about, SUBMIT.verb) == (b"", NAME, "submit")


def test_a_limit_order_has_its_price() -> None:
    assert Read(BROKER.submit(order("sell", "5", "562.17", "gtc")).wire).json == {
        "symbol": "SPY", "qty": "5", "side": "sell", "type": "limit", "time_in_force": "gtc", "limit_price": "562.17",
        "client_order_id": NAME,
    }  # fmt: skip


@pytest.mark.parametrize("tif", ["day", "ioc", "gtc", "opg", "cls"])
@pytest.mark.parametrize("limit", [None, "1.5"])
def test_every_time_in_force_goes_out_in_the_venue_s_word(tif: TimeInForce, limit: str | None) -> None:
    read = Read(BROKER.submit(order(limit=limit, tif=tif)).wire)

    assert read.json["time_in_force"] == tif
    assert read.json["type"] == ("market" if limit is None else "limit")


def test_a_cancel_is_a_delete_without_a_body() -> None:
    request = BROKER.cancel(Cancel(NAME, "61e69015-8549-4bfd-b9c3-01e75843f47d"))
    read = Read(request.wire)

    assert (read.command, read.path) == ("DELETE", "/v2/orders/61e69015-8549-4bfd-b9c3-01e75843f47d")
    assert (read.headers["APCA-API-KEY-ID"], read.headers["APCA-API-SECRET-KEY"]) == ("KEY", "SECRET")
    assert (read.body, read.rest, request.about, request.verb) == (b"", b"", NAME, "cancel")


def test_a_replacement_is_a_patch_of_the_order_it_replaces() -> None:
    """Its answer is a new order, so it has a client order id of its own."""
    amended = Order(NAME, "m", "SPY", "buy", Decimal(7), Decimal("91.5"), "day", SEEN, replaces="venue-1")
    request = BROKER.replace(amended)
    read = Read(request.wire)

    assert (read.command, read.path) == ("PATCH", "/v2/orders/venue-1")
    assert read.json == {"qty": "7", "time_in_force": "day", "limit_price": "91.5", "client_order_id": NAME}
    assert (read.rest, request.about, request.verb) == (b"", NAME, "replace")


@pytest.mark.parametrize(("figure", "digits"), [("1E+2", "100"), ("5E-4", "0.0005"), ("100.0", "100.0"), ("1e1", "10")])
def test_figures_go_out_in_digits(figure: str, digits: str) -> None:
    """Decimal prints a normalized hundred as 1E+2; the venue wants digits."""
    submitted = Read(BROKER.submit(order(shares=figure, limit=figure)).wire).json
    amended = Read(BROKER.replace(order(shares=figure, limit=figure)).wire).json

    assert {each[key] for each in (submitted, amended) for key in ("qty", "limit_price")} == {digits}


@calm
@given(
    st.decimals("0.000000001", "1e9", allow_nan=False), st.none() | st.decimals("0.0001", "1e6", allow_nan=False),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ.", min_size=1, max_size=8), st.sampled_from(["buy", "sell"]),
)  # fmt: skip
def test_any_order_is_one_whole_request(shares: Decimal, limit: Decimal | None, symbol: str, side: Any) -> None:
    """The length fits, nothing follows, and every figure keeps its value."""
    read = Read(BROKER.submit(Order(NAME, "m", symbol, side, shares, limit, "day", SEEN)).wire)

    assert (read.rest, read.json["symbol"], read.json["side"]) == (b"", symbol, side)
    assert Decimal(read.json["qty"]) == shares
    assert "E" not in read.json["qty"]
    assert (Decimal(read.json["limit_price"]) if limit is not None else None) == limit


def test_the_host_header_names_the_port_where_there_is_one() -> None:
    broker = AlpacaBroker("http://127.0.0.1:8790", Keys("sim", "sim"))

    assert Read(broker.submit(order()).wire).headers["Host"] == "127.0.0.1:8790"
    assert broker.endpoint().url == "http://127.0.0.1:8790"


# ---- answers ---------------------------------------------------------------------------------------------------


def placed(**other: Any) -> bytes:
    """The venue's order object, as its documentation shows it."""
    whole = {
        "id": "7b08df51", "client_order_id": NAME, "created_at": "2026-11-20T15:00:00.1Z", "replaces": None,
        "symbol": "SPY", "qty": "35", "filled_qty": "0", "filled_avg_price": None, "order_class": "", "type": "market",
        "side": "buy", "time_in_force": "day", "limit_price": None, "status": "pending_new", "legs": None,
    }  # fmt: skip
    return json.dumps({**whole, **other}).encode()


def verdict(events: Any) -> tuple[str, str, str]:
    """The one update there must be: status, venue id, reason."""
    (event,) = events
    assert isinstance(event, OrderUpdate)
    assert (event.order, event.ts, event.seen) == (NAME, SEEN, SEEN)
    return event.status, event.venue_id, event.reason


@pytest.mark.parametrize("request_", [SUBMIT, BROKER.replace(order())], ids=["submit", "replace"])
@pytest.mark.parametrize(
    ("state", "expected"),
    [("pending_new", "accepted"), ("accepted", "accepted"), ("new", "accepted"), ("held", "accepted"),
     ("filled", "filled"), ("partially_filled", "partially_filled"), ("rejected", "rejected"),
     ("canceled", "canceled"), ("expired", "expired")],
)  # fmt: skip
def test_an_order_in_the_answer_stands_as_the_venue_says(request_: Request, state: str, expected: str) -> None:
    assert verdict(BROKER.answer(request_, 200, placed(status=state), SEEN)) == (expected, "7b08df51", "")


REFUSED = [
    (403, 40310000, "insufficient buying power"),
    (403, 40310000, "insufficient qty available for order (requested: 19, available: 0)"),
    (403, 40310000, "potential wash trade detected. use complex orders"),
    (403, 40310100, "trade denied due to pattern day trading protection"),
    (404, 40410000, "asset not found for SPYY"),
    (422, 40010001, "qty or notional is required"),
    (422, 40010001, "limit orders require a limit price"),
    (422, 42210000, "invalid limit_price 290.123. sub-penny increment does not fulfill minimum pricing criteria"),
    (422, 42210000, "fractional orders must be DAY orders"),
    (429, 42910000, "rate limit exceeded"),
    (400, 40010000, "request body format is invalid"),
    (401, None, "unauthorized."),
    (403, None, "forbidden."),
]


@pytest.mark.parametrize(("status", "code", "words"), REFUSED)
def test_a_refusal_in_the_venue_s_words_is_a_rejection(status: int, code: int | None, words: str) -> None:
    """Section "Rejection bodies"; extra keys do not matter."""
    body = {"message": words, "buying_power": "0"} | ({} if code is None else {"code": code})

    assert verdict(BROKER.answer(SUBMIT, status, json.dumps(body).encode(), SEEN)) == (
        "rejected", "", f"{status} {words}",
    )  # fmt: skip


HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
DUPLICATE = b'{"code":40010001,"message":"client_order_id must be unique"}'
UNPROVEN: dict[str, tuple[int, bytes]] = {
    "the id is taken: it may be ours": (422, DUPLICATE),
    "a conflict": (409, DUPLICATE),
    "a server error in the venue's words": (500, b'{"code":50010000,"message":"internal server error"}'),
    "a proxy's page": (502, HTML),
    "unavailable": (503, b""),
    "a gateway's time-out": (504, b'{"message":"upstream request timeout"}'),
    "a refusal in HTML": (401, HTML),
    "a limit in plain words": (429, b"too many requests"),
    "a refusal without a body": (422, b""),
    "half a refusal": (422, b'{"code":42210000,"mess'),
    "a refusal without words": (403, b'{"code":40310000}'),
    "a refusal whose words are a number": (403, b'{"code":40310000,"message":5}'),
    "a refusal in a list": (422, b"[]"),
    "success in HTML": (200, HTML),
    "success without a body": (200, b""),
    "half an order": (200, placed()[:-20]),
    "an order in a list": (200, b"[" + placed() + b"]"),
    "an order without an id": (200, b'{"status":"new","symbol":"SPY"}'),
    "an order with an id of null": (200, placed(id=None)),
    "an order of no status": (200, placed(status=None)),
    "somebody else's order": (200, placed(client_order_id="another")),
    "bad UTF-8": (200, placed(id="X").replace(b"X", b"\xff")),
    "a redirect": (301, b""),
    "a time-out of the request": (408, b'{"message":"request timeout"}'),
    "an order nested beyond the stack": (200, placed()[:-1] + b',"zz":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "a refusal nested beyond the stack": (422, b'{"message":"x","code":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
}


@pytest.mark.parametrize("request_", [SUBMIT, BROKER.replace(order())], ids=["submit", "replace"])
@pytest.mark.parametrize("what", UNPROVEN)
def test_what_proves_nothing_leaves_the_order_unknown(what: str, request_: Request) -> None:
    """Never rejected: it is looked up until the venue says."""
    status, body = UNPROVEN[what]
    found, venue_id, reason = verdict(BROKER.answer(request_, status, body, SEEN))

    assert (found, venue_id) == ("unknown", "")
    assert reason
    assert "\n" not in reason


def test_a_cancel_is_asked_for_and_the_stream_says_the_rest() -> None:
    """204 is no event; anything else leaves the order unknown, so that it is looked up."""
    request = BROKER.cancel(Cancel(NAME, "7b08df51"))
    filled = b'{"code":42210000,"message":"order is already in \\"filled\\" state"}'

    assert list(BROKER.answer(request, 204, b"", SEEN)) == []
    for status, body in ((422, filled), (404, b"{}"), (429, b""), (500, HTML), (504, b""), (403, b"{}")):
        assert verdict(BROKER.answer(request, status, body, SEEN)) == ("unknown", "", f"cancel answered {status}")


@pytest.mark.parametrize("request_", [SUBMIT, BROKER.replace(order()), BROKER.cancel(Cancel(NAME, "v"))])
def test_a_lost_answer_leaves_the_order_unknown(request_: Request) -> None:
    events: list[Event] = list(BROKER.lost(request_, "no answer within 5 s", SEEN))

    assert verdict(events) == ("unknown", "", "no answer within 5 s")


@calm
@given(st.integers(100, 599), st.binary(max_size=80))
def test_any_bytes_at_all_are_never_a_rejection(status: int, body: bytes) -> None:
    """Eighty random bytes are not the venue's words."""
    assert verdict(BROKER.answer(SUBMIT, status, body, SEEN))[0] == "unknown"


@calm
@given(st.data())
def test_an_answer_with_one_byte_changed_is_never_a_rejection(data: st.DataObject) -> None:
    body = bytearray(placed())
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    status, venue_id, _ = verdict(BROKER.answer(SUBMIT, 200, bytes(body), SEEN))

    assert status in ("accepted", "unknown")
    assert bool(venue_id) == (status == "accepted")
