"""How live sources are asked: which addresses, how often, how patiently; and of which session an answer is."""

import datetime as dt
import gzip
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.errors import UsageError
from flows.settings import load_settings
from flows.sources.live.addresses import masked, may_ask, may_follow
from flows.sources.live.client import Answer, Client, Validators
from flows.sources.live.errors import TryAgain
from flows.sources.live.requests import contract_requests, rate_requests
from flows.sources.live.session import LiveFiles, fetch_session
from flows.sources.live.settings import CboeSettings, HttpSettings
from tests.flows import vendor_server as web
from tests.flows.vendor_server import Exchange, VendorServer, serving, vendor_pages

YESTERDAY, SESSION = dt.date(2026, 4, 22), dt.date(2026, 4, 23)
OFF = dict.fromkeys(("chain", "vx_contract", "vx_settlement", "treasury", "fred"), "")
HASTY = {"pace_seconds": 0, "backoff_seconds": 0, "attempts_qty": 2}
TIME = re.compile(r"^2026-04-2[23],.*\n", re.MULTILINE)


@pytest.fixture(scope="module")
def pages() -> web.Pages:
    return vendor_pages(SESSION)


@pytest.fixture
def server(pages: web.Pages) -> Iterator[VendorServer]:
    with serving(dict(pages)) as vendors:
        yield vendors


def history_of(server: VendorServer, symbol: str = "VIX", **http: float) -> CboeSettings:
    address = server.url + "/index/{symbol}_History.csv"
    return CboeSettings.model_validate(OFF | {"index_history": address, "indices": [symbol], "http": HASTY | http})


def curve_of(server: VendorServer, **book: object) -> CboeSettings:
    addresses = {
        "vx_contract": f"{server.url}/vx/VX_{{date}}.csv",
        "vx_settlement": f"{server.url}/settlement?dt={{date}}",
    }
    return CboeSettings.model_validate(OFF | addresses | {"indices": [], "http": HASTY} | book)


def settlements(got: LiveFiles) -> tuple[str, str]:
    (answer,) = [answer for answer in got.answers if answer.request.source == "VX settlements"]
    return answer.outcome, answer.reason or ""


# Which session a page of settlements is of.


def test_a_page_of_settlements_is_believed_where_the_contracts_bear_it_out(
    server: VendorServer, tmp_path: Path
) -> None:
    got = fetch_session(curve_of(server), tmp_path, SESSION, latest_session=SESSION)
    assert settlements(got) == ("new", "")
    assert got.series_hints == {str(tmp_path / "live" / f"VX_settlements_{SESSION}.csv"): f"VX {SESSION}"}


def test_a_page_that_answers_an_old_date_with_todays_prices_is_refused(server: VendorServer, tmp_path: Path) -> None:
    """As CFE's page does: the first expiry listed is the same on both days, only the prices tell."""
    outcome, reason = settlements(fetch_session(curve_of(server), tmp_path, YESTERDAY, latest_session=SESSION))
    assert outcome == "none"
    assert re.fullmatch(
        r"its prices are of another session: VX 2026-05-19 stands at [\d.]+, "
        r"where its own file has [\d.]+ for 2026-04-22",
        reason,
    )


def test_a_page_of_another_month_is_refused_by_its_first_expiry(server: VendorServer, tmp_path: Path) -> None:
    old = dt.date(2026, 4, 14)
    outcome, reason = settlements(fetch_session(curve_of(server), tmp_path, old, latest_session=SESSION))
    assert outcome == "none"
    assert "[another_session]" in reason
    assert "2026-05-19" in reason


def without_rows_of(server: VendorServer, *days: dt.date) -> None:
    """The contracts' files as they are before CFE has brought them up to date."""
    for path, page in server.pages.items():
        if path.startswith("/vx/"):
            lines = page.decode().splitlines(keepends=True)
            kept = [line for line in lines if not line.startswith(tuple(map(str, days)))]
            server.pages[path] = "".join(kept).encode()


def test_before_the_contracts_have_the_session_the_newest_page_is_believed_for_the_newest_session_only(
    server: VendorServer, tmp_path: Path
) -> None:
    without_rows_of(server, SESSION)
    assert settlements(fetch_session(curve_of(server), tmp_path, SESSION, latest_session=SESSION)) == ("new", "")
    without_rows_of(server, YESTERDAY)
    outcome, reason = settlements(fetch_session(curve_of(server), tmp_path, YESTERDAY, latest_session=SESSION))
    assert (outcome, "answers with the newest prices" in reason) == ("none", True)


def test_a_page_that_still_has_the_prices_of_the_session_before_is_refused(
    server: VendorServer, tmp_path: Path
) -> None:
    before = vendor_pages(YESTERDAY)
    server.pages |= {path: page for path, page in before.items() if path.startswith("/vx/")}
    server.pages[f"/settlement?dt={SESSION}"] = before[f"/settlement?dt={YESTERDAY}"]
    got = fetch_session(curve_of(server), tmp_path, SESSION, latest_session=SESSION)
    assert settlements(got) == ("none", f"its prices are still those of {YESTERDAY}")


def test_without_any_contract_nothing_says_of_which_session_a_page_is(server: VendorServer, tmp_path: Path) -> None:
    got = fetch_session(curve_of(server, vx_contract=""), tmp_path, SESSION, latest_session=SESSION)
    outcome, reason = settlements(got)
    assert (outcome, reason.startswith("nothing confirms of which session")) == ("none", True)


def test_a_page_that_says_its_day_is_taken_at_its_word(server: VendorServer, tmp_path: Path) -> None:
    page = server.pages[f"/settlement?dt={SESSION}"]
    book = curve_of(server, vx_contract="")
    server.pages[f"/settlement?dt={SESSION}"] = b"Futures Prices for April 23, 2026\n" + page
    assert settlements(fetch_session(book, tmp_path, SESSION, latest_session=SESSION)) == ("new", "")
    server.pages[f"/settlement?dt={SESSION}"] = b"Futures Prices for April 22, 2026\n" + page
    got = fetch_session(book, tmp_path / "other", SESSION, latest_session=SESSION)
    assert settlements(got) == ("none", "its prices are of 2026-04-22 by its own word")


# What is asked.


def test_the_nearest_monthly_futures_are_asked_for() -> None:
    """Monthly VX expirations of 2026 as CFE's calendar has them; 19 May is a Tuesday, for Juneteenth is a Friday."""
    asked = contract_requests(CboeSettings(vx_contracts_qty=4), SESSION)
    stem = "https://cdn.cboe.com/data/us/futures/market_statistics/historical_data/VX/VX_"
    assert [request.address for request in asked] == [
        f"{stem}{day}.csv" for day in ("2026-05-19", "2026-06-17", "2026-07-22", "2026-08-19")
    ]


def test_in_january_the_yields_of_the_old_year_are_asked_for_too() -> None:
    january, april = (
        [request.source for request in rate_requests(CboeSettings(), "treasury", day)]
        for day in (dt.date(2026, 1, 2), SESSION)
    )
    assert january == ["Treasury rates 2025", "Treasury rates 2026"]
    assert april == ["Treasury rates 2026"]


def test_one_missing_year_of_the_treasury_calls_for_fred(server: VendorServer, tmp_path: Path) -> None:
    """The year under way may be the one that fails while the old one is there."""
    addresses = {
        "treasury": server.url + "/treasury/{year}/all?page&_format=csv",
        "fred": server.url + "/fred?id={series}",
        "fred_series": ["DGS3MO"],
    }
    book = CboeSettings.model_validate(OFF | addresses | {"index_history": "", "http": HASTY})
    server.faults["/treasury/2026/all?page&_format=csv"] = web.status(404)
    january = dt.date(2026, 1, 20)
    outcomes = [
        (answer.request.source, answer.outcome)
        for answer in fetch_session(book, tmp_path, january, latest_session=january).answers
    ]
    assert outcomes == [("Treasury rates 2025", "new"), ("Treasury rates 2026", "none"), ("FRED DGS3MO", "new")]


# How it is asked.


def test_a_source_that_asks_to_wait_is_left_alone_that_long(server: VendorServer, tmp_path: Path) -> None:
    def busy_once(exchange: Exchange) -> None:
        if exchange.attempt == 1:
            exchange.send(429, Retry_After="1")
        else:
            web.well_behaved(exchange)

    server.faults["/index/VIX_History.csv"] = busy_once
    got = fetch_session(history_of(server), tmp_path, SESSION, latest_session=SESSION)
    first, second = server.asked_for("/index/VIX_History.csv")
    assert second.at - first.at >= 1.0
    assert [answer.outcome for answer in got.answers] == ["new"]


def test_an_instant_to_wait_for_is_read_by_the_sources_own_clock(server: VendorServer) -> None:
    """RFC 9110, 10.2.3: Retry-After may be an HTTP date."""
    server.faults["/busy"] = web.status(
        503, Date="Thu, 23 Apr 2026 21:45:00 GMT", Retry_After="Thu, 23 Apr 2026 23:45:00 GMT"
    )
    with pytest.raises(TryAgain, match="asks to wait 7200 seconds"):
        Client(HttpSettings(**HASTY)).get(f"{server.url}/busy", Validators())
    assert len(server.asked) == 1


def test_one_host_is_never_asked_twice_without_a_pause(server: VendorServer, tmp_path: Path) -> None:
    book = history_of(server, pace_seconds=0.15).model_copy(update={"indices": ("VIX", "SPX", "SKEW")})
    fetch_session(book, tmp_path, SESSION, latest_session=SESSION)
    first, second, third = (one.at for one in server.asked)
    assert min(second - first, third - second) >= 0.14


def test_a_host_that_keeps_silent_is_given_up(server: VendorServer, tmp_path: Path) -> None:
    """Twenty files of a host that is down would else hold the night up for an hour."""
    book = history_of(server, timeout_seconds=0.1).model_copy(update={"indices": ("VIX", "SPX", "SKEW", "VVIX")})
    server.faults = {f"/index/{symbol}_History.csv": web.stall for symbol in book.indices}
    got = fetch_session(book, tmp_path, SESSION, latest_session=SESSION)
    assert [len(server.asked_for(path)) for path in server.faults] == [2, 1, 1, 0]
    assert {answer.outcome for answer in got.answers} == {"none"}
    assert got.answers[-1].reason == "it was not asked: its host kept silent for the files before"


def test_an_answer_that_breaks_the_reader_is_that_sources_failure(server: VendorServer, tmp_path: Path) -> None:
    """CFE's archive holds two placeholders of one day; a third one stops whoever reads settlements."""
    path = "/vx/VX_2026-05-19.csv"
    server.pages[path] += b"2008-04-21,K (May 2026),0,0,0,0,1.00,0,0,0,0\n" * 3
    outcome, reason = settlements(fetch_session(curve_of(server), tmp_path, SESSION, latest_session=SESSION))
    assert (outcome, reason.startswith("its answer breaks the reader (")) == ("none", True)


def test_nobody_there_is_said_in_words(tmp_path: Path) -> None:
    with serving({}) as gone:
        pass
    (answer,) = fetch_session(history_of(gone), tmp_path, SESSION, latest_session=SESSION).answers
    assert "no connection: " in (answer.reason or "")
    assert "is this machine on the net" in (answer.hint or "")


def test_a_redirect_that_leads_to_the_file_is_followed(server: VendorServer, tmp_path: Path) -> None:
    server.faults["/index/VIX_History.csv"] = web.redirect("../moved/vix.csv")
    server.pages["/moved/vix.csv"] = server.pages["/index/VIX_History.csv"]
    (answer,) = fetch_session(history_of(server), tmp_path, SESSION, latest_session=SESSION).answers
    assert answer.path is not None
    assert answer.path.read_bytes() == server.pages["/moved/vix.csv"]


def test_a_version_is_asked_for_again_only_where_it_lies_here_whole(server: VendorServer, tmp_path: Path) -> None:
    book = history_of(server)

    def again() -> str:
        (answer,) = fetch_session(book, tmp_path, SESSION, latest_session=SESSION).answers
        assert answer.path is not None
        assert answer.path.read_bytes() == server.pages["/index/VIX_History.csv"]
        return answer.outcome

    assert (again(), again()) == ("new", "unchanged")
    (tmp_path / "live" / "VIX_History.csv").write_bytes(b"damaged")
    assert (again(), again()) == ("new", "unchanged")
    (tmp_path / "live" / "versions.json").write_text("{broken")
    assert (again(), again()) == ("new", "unchanged")
    server.pages["/index/VIX_History.csv"] += b"04/24/2026,20,21,19,20.5\n"
    assert (again(), again()) == ("new", "unchanged")


def test_a_bad_answer_leaves_the_last_good_one_and_its_version(server: VendorServer, tmp_path: Path) -> None:
    book = history_of(server)
    fetch_session(book, tmp_path, SESSION, latest_session=SESSION)
    server.faults["/index/VIX_History.csv"] = lambda exchange: exchange.send(200, b"<html>busy</html>", ETag='"bad"')
    (refused,) = fetch_session(book, tmp_path, SESSION, latest_session=SESSION).answers
    assert refused.outcome == "none"
    server.faults.clear()
    (answer,) = fetch_session(book, tmp_path, SESSION, latest_session=SESSION).answers
    assert answer.outcome == "unchanged"


def test_the_history_of_another_index_is_refused_and_a_restated_close_is_not(
    server: VendorServer, tmp_path: Path
) -> None:
    """VIX3M's file has the columns of VIX's and no name: only the past it tells is another."""
    path, book = "/index/VIX_History.csv", history_of(server)
    own = server.pages[path]
    fetch_session(book, tmp_path, SESSION, latest_session=SESSION)
    server.pages[path] = server.pages["/index/VIX3M_History.csv"]
    (swapped,) = fetch_session(book, tmp_path, SESSION, latest_session=SESSION).answers
    assert (swapped.outcome, swapped.path) == ("none", None)
    assert "its closes differ from those fetched before on" in (swapped.reason or "")
    header, *lines = own.decode().splitlines(keepends=True)
    restated = lines[-2].rsplit(",", 1)[0] + ",99\n"
    server.pages[path] = "".join([header, *lines[:-2], restated, lines[-1]]).encode()
    (answer,) = fetch_session(book, tmp_path, SESSION, latest_session=SESSION).answers
    assert answer.outcome == "new"


def test_a_last_modified_date_is_a_version_too(server: VendorServer) -> None:
    stamp = "Thu, 23 Apr 2026 21:40:00 GMT"

    def dated(exchange: Exchange) -> None:
        is_known = exchange.handler.headers.get("If-Modified-Since") == stamp
        exchange.head(304, {}) if is_known else exchange.send(200, b"a,b\n", Last_Modified=stamp)

    server.faults["/dated"] = dated
    client = Client(HttpSettings(**HASTY))
    answer = client.get(f"{server.url}/dated", Validators())
    assert answer == Answer(b"a,b\n", Validators(None, stamp))
    assert client.get(f"{server.url}/dated", answer.validators) is None


def test_what_a_packed_answer_unpacks_to_is_limited_and_what_fits_is_read(server: VendorServer) -> None:
    body = b"12345678\n" * 10_000
    server.faults["/packed"] = lambda exchange: exchange.send(200, gzip.compress(body), Content_Encoding="gzip")
    just_enough = Client(HttpSettings(**HASTY, max_bytes=len(body)))
    answer = just_enough.get(f"{server.url}/packed", Validators())
    assert answer is not None
    assert answer.content == body


# Which addresses.


@pytest.mark.parametrize(
    ("address", "is_plain_allowed", "expected"),
    [
        ("https://cdn.cboe.com/x", False, True),
        ("http://cdn.cboe.com/x", False, False),
        ("http://cdn.cboe.com/x", True, True),
        ("http://127.0.0.1:8000/x", False, True),
        ("http://localhost/x", False, True),
        ("http://[::1]:80/x", False, True),
        ("http://127.0.0.1.example.org/x", False, False),
        ("http://localhost.example.org/x", False, False),
        ("http://user@127.0.0.1:1@example.org/x", False, False),
        ("ftp://example.org/x", True, False),
        ("file:///etc/passwd", True, False),
        ("https:///x", True, False),
    ],
)
def test_only_encrypted_addresses_and_this_machine_are_asked(
    address: str, is_plain_allowed: bool, expected: bool
) -> None:
    assert may_ask(address, is_plain_allowed=is_plain_allowed) is expected


@pytest.mark.parametrize(
    ("source", "target", "is_plain_allowed", "expected"),
    [
        ("https://a.example/x", "https://b.example/x", False, True),
        ("https://a.example/x", "http://a.example/x", True, False),
        ("https://a.example/x", "http://127.0.0.1/x", False, False),
        ("https://a.example/x", "https://127.0.0.1/x", False, False),
        ("http://a.example/x", "http://b.example/x", True, True),
        ("http://a.example/x", "http://localhost/x", True, False),
        ("http://127.0.0.1/x", "http://127.0.0.1/y", False, True),
        ("http://127.0.0.1/x", "http://a.example/x", False, False),
        ("http://127.0.0.1/x", "https://a.example/x", False, True),
    ],
)
def test_a_redirect_neither_leaves_encryption_nor_turns_inwards(
    source: str, target: str, is_plain_allowed: bool, expected: bool
) -> None:
    assert may_follow(source, target, is_plain_allowed=is_plain_allowed) is expected


@pytest.mark.parametrize(
    ("address", "printed"),
    [
        ("https://a.example/x?dt=2026-04-23", "https://a.example/x?dt=2026-04-23"),
        ("https://a.example/x?apikey=s3cret&id=DGS3MO", "https://a.example/x?apikey=***&id=DGS3MO"),
        ("https://a.example/x?type=a&page&_format=csv", "https://a.example/x?type=a&page&_format=csv"),
        ("https://me:s3cret@a.example:8443/x#s3cret", "https://a.example:8443/x"),
        ("https://a.example/x?s3cret", "https://a.example/x?***"),
        ("https://a.example/x?token=s3=cret", "https://a.example/x?token=***"),
    ],
)
def test_an_address_is_printed_without_anybodys_key(address: str, printed: str) -> None:
    assert masked(address) == printed


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('chain = "https://a.example/chain.json"', "an address here holds {symbol} and no other blank"),
        ('chain = "https://a.example/{symbol}/{date}"', "an address here holds {symbol} and no other blank"),
        ('chain = "http://a.example/{symbol}?key=s3cret"', "only https, or http of this machine"),
        ('[cboe.breadth]\nadvances = "ftp://a.example/x"', "only https, or http of this machine"),
        ('[cboe.breadth]\nticks = "https://a.example/x"', "cboe.breadth.ticks"),
        ('indices = ["NDX"]', "cboe.indices"),
        ("[cboe.http]\nattempts_qty = 0", "cboe.http.attempts_qty"),
        ("[cboe.http]\npatience = 3", "'cboe.http.patience' is no setting"),
    ],
)
def test_an_address_book_that_cannot_be_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "condorwatch.toml"
    path.write_text(f"[cboe]\n{text}\n")
    with pytest.raises(UsageError) as refused:
        load_settings(path)
    assert sentence in refused.value.sentence
    assert "s3cret" not in refused.value.sentence


def test_where_files_come_from_changes_no_figure(tmp_path: Path) -> None:
    path = tmp_path / "condorwatch.toml"
    path.write_text('[cboe]\nchain = "https://mirror.example/{symbol}.json"\n')
    assert load_settings(path).fingerprint() == load_settings(None).fingerprint()


def test_the_documented_defaults_are_those_of_the_program() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "configuration.md").read_text()
    (block,) = re.findall(r"^```toml\n(\[cboe\]\n.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert CboeSettings.model_validate(tomllib.loads(block)["cboe"]) == CboeSettings()
