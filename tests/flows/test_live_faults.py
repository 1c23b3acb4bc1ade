"""Every live source, broken in every way a web server can be: nothing false comes in, and the trader is told."""

import datetime as dt
import itertools
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.live import missing_lines, record_answers
from flows.rules import RULES
from flows.sources.live.session import fetch_session
from flows.sources.live.settings import CboeSettings
from tests.flows import vendor_server as web
from tests.flows.vendor_server import Exchange, VendorServer, serving, vendor_pages
from tests.new_home import open_home
from warehouse.store import Store

SESSION = dt.date(2026, 4, 23)
NEAREST = "2026-05-19"  # the Tuesday before a Wednesday after which the third Friday is a holiday
ATTEMPTS = 2
PATIENT = {"attempts_qty": ATTEMPTS, "backoff_seconds": 0, "pace_seconds": 0, "longest_wait_seconds": 1}
HURRIED = PATIENT | {"timeout_seconds": 0.12, "deadline_seconds": 0.2}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source stands in the address book, what it is called, and its page on the server."""

    key: str
    source: str
    page: str
    address: str
    needs: tuple[str, ...] = ()


PLACES = (
    Place("chain", "SPX chain", "/chain/_SPX.json", "/chain/_{symbol}.json"),
    Place("index_history", "SPX history", "/index/SPX_History.csv", "/index/{symbol}_History.csv"),
    Place("index_history", "VIX history", "/index/VIX_History.csv", "/index/{symbol}_History.csv"),
    Place("vx_contract", f"VX future {NEAREST}", f"/vx/VX_{NEAREST}.csv", "/vx/VX_{date}.csv"),
    Place("vx_settlement", "VX settlements", f"/settlement?dt={SESSION}", "/settlement?dt={date}", ("vx_contract",)),
    Place(
        "treasury",
        "Treasury rates 2026",
        "/treasury/2026/all?page&_format=csv",
        "/treasury/{year}/all?page&_format=csv",
    ),
    Place("fred", "FRED DGS3MO", "/fred?id=DGS3MO", "/fred?id={series}"),
    Place("breadth", "breadth advances", "/breadth/advances?key=s3cret", "/breadth/advances?key=s3cret"),
)
BY_KEY = {place.key: place for place in PLACES}

Fault = Callable[[Exchange], None]
CAPTCHA = b"<!DOCTYPE html><html><title>Just a moment...</title><body>Verify you are human</body></html>"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20

# What the reason says, and how often the source is asked.
FAULTS: dict[str, tuple[Fault, str, int]] = {
    "hangs up": (web.hang_up, "the exchange broke off", ATTEMPTS),
    "resets the connection": (web.reset_in_the_middle, "the exchange broke off", ATTEMPTS),
    "sends half": (web.break_off, "the exchange broke off", ATTEMPTS),
    "sends half a chunk": (web.break_off_a_chunk, "the exchange broke off", ATTEMPTS),
    "loses the last digits unsaid": (web.break_off_unsaid, "may be cut short", ATTEMPTS),
    "packs badly": (web.damaged_gzip, "packed answer is damaged", ATTEMPTS),
    "packs a bomb": (web.gzip_bomb, "bytes where 8,000,000 are allowed", 1),
    "serves a bomb": (web.gzip_bomb_file, "[gzip_ratio]", 1),
    "never ends": (web.endless, "bytes where 8,000,000 are allowed", 1),
    "says to be huge": (web.declared_too_large, "1,000,000,000,000 bytes", 1),
    "packs by another method": (web.packed_otherwise, "packed as 'br'", 1),
    "400": (web.status(400), "it answered 400 Bad Request", 1),
    "401": (web.status(401), "it answered 401 Unauthorized", 1),
    "403": (web.status(403), "it answered 403 Forbidden", 1),
    "404": (web.status(404), "it answered 404 Not Found", 1),
    "304 unasked": (web.status(304), "it answered 304 Not Modified", 1),
    "206": (web.status(206), "it answered 206 Partial Content", 1),
    "429, wait 0": (web.status(429, Retry_After="0"), "it answered 429 Too Many Requests", ATTEMPTS),
    "429, wait an hour": (web.status(429, Retry_After="3600"), "asks to wait 3600 seconds", 1),
    "500": (web.status(500), "it answered 500 Internal Server Error", ATTEMPTS),
    "503": (web.status(503), "it answered 503 Service Unavailable", ATTEMPTS),
    "redirects to itself": (web.redirect_to_itself, "it redirects more than 3 times", 4),
    "redirects to plain http": (web.redirect("http://example.org/data.csv"), "a place that is not followed", 1),
    "redirects to a file": (web.redirect("file:///etc/passwd"), "a place that is not followed", 1),
    "redirects nowhere": (web.redirect("http://[::1"), "the exchange broke off: Invalid URL", ATTEMPTS),
    "wants to see a person": (web.content(CAPTCHA, "text/html"), "a web page where data belongs", 1),
    "a web page called data": (web.content(b"\xef\xbb\xbf\n " + CAPTCHA), "a web page where data belongs", 1),
    "a picture": (web.content(PICTURE, "image/png"), "its answer is refused", 1),
    "noise": (web.content(bytes(range(255, 0, -1)) * 40), "its answer is refused", 1),
    "words": (web.content(b"Service temporarily unavailable\n"), "its answer is refused", 1),
    "other JSON": (web.content(b'{"error": "no such symbol"}', "application/json"), "its answer is refused", 1),
    "an empty answer": (web.content(b""), "its answer is empty", 1),
    "blank lines": (web.content(b"\r\n\r\n"), "its answer is empty", 1),
    "somebody else's file": (web.content(b"date,symbol,value_pts\n2026-04-23,SET,7000\n"), "was asked for", 1),
}
SLOW_FAULTS: dict[str, tuple[Fault, str, int]] = {
    "stalls": (web.stall, "it kept silent for 0.12 seconds", ATTEMPTS),
    "drips": (web.drip_body, "took longer than 0.2 seconds", ATTEMPTS),
    "drips its headers": (web.drip_headers, "took longer than 0.2 seconds", ATTEMPTS),
}


@pytest.fixture(scope="module")
def server() -> Iterator[VendorServer]:
    with serving(vendor_pages(SESSION)) as vendors:
        yield vendors


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty warehouse: what a source does not give is not there."""
    with open_home(tmp_path_factory.mktemp("home"), "test") as opened:
        yield opened


@pytest.fixture(autouse=True)
def healed(server: VendorServer) -> Iterator[None]:
    yield
    server.faults.clear()
    server.asked.clear()


def book_with(server: VendorServer, place: Place, http: dict[str, float]) -> CboeSettings:
    """An address book of this source, what it needs, and one sound neighbour."""
    addresses: dict[str, object] = dict.fromkeys(("chain", "vx_contract", "vx_settlement", "treasury", "fred"), "")
    addresses |= {key: server.url + BY_KEY[key].address for key in ("index_history", *place.needs)}
    own = server.url + place.address
    addresses[place.key] = {"advances": own} if place.key == "breadth" else own
    return CboeSettings.model_validate(
        addresses
        | {"indices": (*([place.source.split()[0]] if place.key == "index_history" else []), "SKEW")}
        | {"fred_series": ("DGS3MO",), "vx_contracts_qty": 1, "http": http | {"max_bytes": 8_000_000}}
    )


@pytest.mark.parametrize(
    ("place", "fault"),
    list(itertools.product(PLACES, (FAULTS | SLOW_FAULTS).items())),
    ids=lambda value: value.source if isinstance(value, Place) else value[0],
)
def test_a_source_that_fails_is_named_with_what_to_do_and_nothing_of_it_comes_in(
    *,
    server: VendorServer,
    store: Store,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    place: Place,
    fault: tuple[str, tuple[Fault, str, int]],
) -> None:
    name, (misbehave, words, asked_qty) = fault
    caplog.set_level(logging.DEBUG)
    server.faults[place.page] = misbehave
    book = book_with(server, place, HURRIED if name in SLOW_FAULTS else PATIENT)
    got = fetch_session(book, tmp_path, SESSION, latest_session=SESSION)
    (failed,) = [answer for answer in got.answers if answer.request.source == place.source]
    assert (failed.outcome, failed.path) == ("none", None)
    assert words in (failed.reason or "")
    assert len(server.asked_for(place.page)) == asked_qty
    # The others came, whole.
    if name not in SLOW_FAULTS:
        others = [answer for answer in got.answers if answer.path is not None]
        assert {"SKEW history"} <= {answer.request.source for answer in others}
        for answer in others:
            assert answer.path is not None
            assert answer.path.read_bytes() == server.pages[answer.request.address.removeprefix(server.url)]
    assert not list(tmp_path.glob(f"live/{failed.request.file_name}"))
    # The trader reads which source, where, what happened and what to do; never the key.
    (line,) = [
        line
        for line in missing_lines(record_answers(store, SESSION, [failed], asked_at=dt.datetime.now(dt.UTC)), RULES)
        if line.startswith(f"{place.source} is missing for {SESSION}: ")
    ]
    assert server.url + place.page.split("?")[0] in line
    assert re.search(r" Hint: \w.*[^.?][.?]$", line)
    assert "s3cret" not in line + caplog.text
