"""A web server on this machine that serves the simulated market as the vendors serve the real one, or misbehaves."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import socket
import struct
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flows.sources import recognise
from tests.flows.chain_writers import cboe_json
from transforms.market.expirations import MONTH_CODES
from transforms.simulated.files import files_for
from transforms.simulated.market import simulate
from transforms.simulated.series_files import BREADTH_FILES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEW_YORK = ZoneInfo("America/New_York")
VX_CONTRACT_HEADER = "Trade Date,Futures,Open,High,Low,Close,Settle,Change,Total Volume,EFP,Open Interest"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Pages = dict[str, bytes]


def vendor_pages(session_date: dt.date) -> Pages:
    """What every vendor would serve on the evening of a session of the small simulated market, by path and query."""
    files: dict[str, list[bytes]] = defaultdict(list)
    for file in sorted(files_for(simulate(7), session_date, size="small"), key=lambda file: "/" not in file.name):
        files[file.name.rsplit("/", 1)[-1]].append(file.content)
    pages = {f"/index/{name}": _joined(parts) for name, parts in files.items() if name.endswith("_History.csv")}
    for symbol in ("SPX", "VIX"):
        (table,) = files[f"{symbol.lower()}_quotedata.csv"]
        pages[f"/chain/_{symbol}.json"] = _delayed_quotes(table, session_date)
    pages |= _vx_pages(_joined(files["vx_contracts.csv"]), session_date)
    rates = _joined(files["treasury_par.csv"])
    for year in (session_date.year - 1, session_date.year):
        pages[f"/treasury/{year}/all?page&_format=csv"] = _of_year(rates, year)
    for series, column in (("DGS1MO", "1 Mo"), ("DGS3MO", "3 Mo"), ("DGS1", "1 Yr"), ("DGS5", "5 Yr")):
        pages[f"/fred?id={series}"] = _fred(rates, series, column)
    for series, name in BREADTH_FILES.items():
        pages[f"/breadth/{series}?key=s3cret"] = _joined(files[name])
    return pages


def _joined(parts: list[bytes]) -> bytes:
    """Files of consecutive months as one: the first line of each is the mark, the second the header."""
    lines = [part.decode().splitlines() for part in parts]
    return ("\n".join([lines[0][1], *(line for part in lines for line in part[2:])]) + "\n").encode()


def _delayed_quotes(table: bytes, session_date: dt.date) -> bytes:
    (chain,) = recognise.parse("quotes.csv", table)
    printed, made = (dt.datetime.combine(session_date, dt.time(*at), NEW_YORK) for at in ((16, 14, 58), (17, 40)))
    return cboe_json(chain.rows, made, printed)


def _vx_pages(table: bytes, session_date: dt.date) -> Pages:
    """A file a contract, and the page of the session's settlements, which answers every date with the same prices."""
    rows = [line.split(",")[1:] for line in table.decode().splitlines()[1:]]
    pages, page = {}, ["Product,Symbol,Expiration Date,Price"]
    for expiry in sorted({row[1] for row in rows if row[1] >= f"{session_date}"}):
        day = dt.date.fromisoformat(expiry)
        label = f"{MONTH_CODES[day.month - 1]} ({MONTHS[day.month - 1]} {day.year})"
        own = [",".join([row[0], label, *row[2:]]) for row in rows if row[1] == expiry]
        pages[f"/vx/VX_{expiry}.csv"] = ("\n".join([VX_CONTRACT_HEADER, *own]) + "\n").encode()
        settle = next(row[6] for row in rows if row[:2] == [f"{session_date}", expiry])
        page.append(f"VX,VX/{MONTH_CODES[day.month - 1]}{day.year % 10},{expiry},{settle}")
    content = ("\n".join(page) + "\n").encode()
    return pages | {f"/settlement?dt={session_date + dt.timedelta(days=back)}": content for back in range(-9, 1)}


def _of_year(rates: bytes, year: int) -> bytes:
    header, *lines = rates.decode().splitlines()
    return (
        "\n".join([header, *(line for line in lines if line.split(",")[0].endswith(f"/{year % 100}"))]) + "\n"
    ).encode()


def _fred(rates: bytes, series: str, column: str) -> bytes:
    header, *lines = (line.split(",") for line in rates.decode().splitlines())
    at = header.index(column)
    days = [(dt.datetime.strptime(line[0], "%m/%d/%y").date(), line[at]) for line in lines]  # noqa: DTZ007 - a date
    return "".join([f"observation_date,{series}\n", *(f"{day},{value}\n" for day, value in sorted(days))]).encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    at: float


@dataclass
class VendorServer:
    """Serves `pages`; where `faults` has a path, that fault answers instead."""

    pages: Pages
    faults: dict[str, Callable[[Exchange], None]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked_for(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path == path]


@contextmanager
def serving(pages: Pages) -> Iterator[VendorServer]:
    """Serve on a free port of this machine until the block ends."""
    vendors = VendorServer(pages)

    class Handler(_Handler):
        server_state = vendors

    with _Server(("127.0.0.1", 0), Handler) as server:
        vendors.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield vendors
        finally:
            vendors.closing.set()
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what the tests are about."""


@dataclass(slots=True)
class Exchange:
    """One request being answered."""

    handler: BaseHTTPRequestHandler
    server: VendorServer
    content: bytes

    @property
    def attempt(self) -> int:
        return len(self.server.asked_for(self.handler.path))

    def send(self, status: int, content: bytes = b"", *, length: int | None = None, **headers: str) -> None:
        """A whole answer, or one that says to be `length` bytes long."""
        self.head(status, {"Content-Length": str(len(content) if length is None else length), **headers})
        self.handler.wfile.write(content)

    def head(self, status: int, headers: dict[str, str]) -> None:
        self.handler.send_response_only(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()

    def drip(self, content: bytes) -> None:
        """A byte now and then, never long enough apart for a time-out."""
        for byte in content:
            if self.server.closing.wait(0.01):
                return
            self.handler.wfile.write(bytes([byte]))
            self.handler.wfile.flush()

    def reset(self) -> None:
        """Break the connection as a crashed host does."""
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.handler.connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_state: VendorServer

    def do_GET(self) -> None:
        state = self.server_state
        self.close_connection = True
        state.asked.append(Asked(self.path, dict(self.headers), time.monotonic()))
        exchange = Exchange(self, state, state.pages.get(self.path, b""))
        if self.path in state.faults:
            state.faults[self.path](exchange)
        elif self.path not in state.pages:
            exchange.send(404)
        else:
            well_behaved(exchange)

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


def well_behaved(exchange: Exchange) -> None:
    """The page as a vendor sends it: packed, with its version, and not again where the asker has that version."""
    version = f'"{hashlib.sha256(exchange.content).hexdigest()[:16]}"'
    if exchange.handler.headers.get("If-None-Match") == version:
        exchange.head(304, {"ETag": version})
        return
    exchange.send(200, gzip.compress(exchange.content, 1), Content_Encoding="gzip", ETag=version)


def stall(exchange: Exchange) -> None:
    exchange.server.closing.wait(5)


def drip_body(exchange: Exchange) -> None:
    exchange.head(200, {"Content-Length": str(len(exchange.content))})
    exchange.drip(exchange.content)


def drip_headers(exchange: Exchange) -> None:
    exchange.drip(b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 10_000)


def hang_up(exchange: Exchange) -> None:
    exchange.handler.connection.close()


def reset_in_the_middle(exchange: Exchange) -> None:
    exchange.head(200, {"Content-Length": str(len(exchange.content))})
    exchange.handler.wfile.write(exchange.content[:100])
    exchange.reset()


def break_off(exchange: Exchange) -> None:
    """Fewer bytes than the header says."""
    exchange.send(200, exchange.content[: len(exchange.content) // 2], length=len(exchange.content))


def break_off_a_chunk(exchange: Exchange) -> None:
    exchange.head(200, {"Transfer-Encoding": "chunked"})
    exchange.handler.wfile.write(b"400\r\n" + exchange.content[:100])


def break_off_unsaid(exchange: Exchange) -> None:
    """No length, and the last digits are lost: what is left still looks like a file."""
    exchange.head(200, {"Connection": "close"})
    exchange.handler.wfile.write(exchange.content.rstrip()[:-2])


def damaged_gzip(exchange: Exchange) -> None:
    exchange.send(200, gzip.compress(exchange.content)[:-12], Content_Encoding="gzip")


def gzip_bomb(exchange: Exchange) -> None:
    exchange.send(200, gzip.compress(b"0" * 20_000_000, 1), Content_Encoding="gzip")


def gzip_bomb_file(exchange: Exchange) -> None:
    exchange.send(200, gzip.compress(gzip.compress(b"0" * 20_000_000, 1), 1))


def packed_otherwise(exchange: Exchange) -> None:
    exchange.send(200, exchange.content, Content_Encoding="br")


def endless(exchange: Exchange) -> None:
    exchange.head(200, {"Connection": "close"})
    while not exchange.server.closing.is_set():
        exchange.handler.wfile.write(b"1234567," * 8_000)


def declared_too_large(exchange: Exchange) -> None:
    exchange.send(200, b"", length=10**12)


def status(code: int, **headers: str) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.send(code, b"no data here", **headers)


def redirect(location: str) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.send(302, Location=location)


def redirect_to_itself(exchange: Exchange) -> None:
    exchange.send(302, Location=exchange.handler.path)


def content(body: bytes, kind: str = "text/csv") -> Callable[[Exchange], None]:
    return lambda exchange: exchange.send(200, body, Content_Type=kind)
