"""Ingest with the real store and archive, on invented files."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flows.ingest import ALREADY, LOADED, REFUSED, IngestReport, ingest_paths
from flows.sources.chain_rules import NO_CHAIN_RULES, ChainMapping, ChainRules
from tests.new_home import open_home
from warehouse.archive import Archive, sha256_of
from warehouse.store import Store
from warehouse.tables.meta import META_LOADS, META_REFUSED_FILES, META_REJECTED_ROWS

MONDAY = datetime(2024, 3, 4, 22, 0, tzinfo=UTC)
TUESDAY = datetime(2024, 3, 5, 22, 0, tzinfo=UTC)
SIDE = "Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
CHAIN = (
    f"Expiration Date,Calls,{SIDE},Strike,Puts,{SIDE}\n"
    "Fri Mar 15 2024,{root}240315C05000000,60,1,60.1,60.9,12,0.13,0.51,0.002,340,5000.00,"
    "{root}240315P05000000,55,-2,54.6,oops,7,0.13,-0.49,0.002,410\n"
)
VIX_HISTORY = "DATE,OPEN,HIGH,LOW,CLOSE\n03/01/2024,13.1,14.2,12.9,13.5\n03/04/2024,13.6,13.9,13,13.2\n"
DATASHOP = (
    "underlying_symbol,quote_date,root,expiration,strike,option_type,close,trade_volume,bid_1545,ask_1545,"
    "bid_eod,ask_eod,open_interest\n"
    "^VIX,{day},VIX,2024-04-17,20.000,C,0.65,120,0.6,0.7,0.61,0.72,3400\n"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_home(tmp_path / "home", "test") as opened:
        yield opened


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    folder.mkdir()
    return folder


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "home")


@pytest.fixture
def ingest(store: Store, archive: Archive) -> Callable[..., IngestReport]:
    def run(
        *paths: Path,
        now: datetime = MONDAY,
        sources: dict[str, str] | None = None,
        chain_rules: ChainRules = NO_CHAIN_RULES,
    ) -> IngestReport:
        return ingest_paths(store, archive, paths, sources=sources or {}, now=now, chain_rules=chain_rules)

    return run


def outcomes(report: IngestReport) -> list[tuple[str, str]]:
    return [(entry.source_file, entry.outcome) for entry in report.entries]


def test_a_folder_is_walked_in_order_and_a_refused_file_does_not_stop_the_others(
    ingest: Callable[..., IngestReport], landing: Path
) -> None:
    (landing / "a_notes.txt").write_text("call the broker")
    (landing / "b_chain.csv").write_text(CHAIN.format(root="SPXW"))
    (landing / "deeper").mkdir()
    (landing / "deeper" / "VIX_History.csv").write_text(VIX_HISTORY)
    (landing / ".hidden").write_text("not a vendor file")

    report = ingest(landing)

    assert outcomes(report) == [("a_notes.txt", REFUSED), ("b_chain.csv", LOADED), ("VIX_History.csv", LOADED)]
    chain = report.loaded[0]
    assert (chain.format, chain.series, chain.rows_qty, chain.rejected_qty) == ("cboe_quote_table", "SPX", 1, 1)
    assert (report.loaded[1].first_date, report.loaded[1].last_date) == (date(2024, 3, 1), date(2024, 3, 4))
    assert "unknown_format" in report.refused[0].line


def test_a_load_is_stored_with_its_rows_its_rejects_and_the_archived_bytes(
    ingest: Callable[..., IngestReport], store: Store, archive: Archive, landing: Path
) -> None:
    content = CHAIN.format(root="SPXW").encode()
    (landing / "chain.csv").write_bytes(content)
    ingest(landing)

    (load,) = store.read(META_LOADS).rows(named=True)
    assert (load["kind"], load["series"], load["series_from"]) == ("option_chain", "SPX", "content")
    assert (load["rows_qty"], load["rejected_qty"], load["loaded_at"]) == (1, 1, MONDAY)
    assert load["content_sha256"] == sha256_of(content)
    assert archive.open(load["content_sha256"]) == content
    # The identity as laid down: SHA-256 over kind, series and content, its first 16 digits.
    assert load["load_id"] == sha256_of(b"option_chain\0SPX\0" + content)[:16]
    raw = store.query("select load_id, source_line, option_right, ask from raw.option_quotes").rows()
    assert raw == [(load["load_id"], 2, "C", "60.9")]
    (rejected,) = store.read(META_REJECTED_ROWS).rows(named=True)
    assert (rejected["load_id"], rejected["stage"], rejected["source_file"]) == (load["load_id"], "ingest", "chain.csv")
    assert (rejected["rule_id"], rejected["row_key"]) == ("ask_not_a_number", "SPXW240315P05000000")


def test_the_same_content_loads_once_whatever_it_is_called(
    ingest: Callable[..., IngestReport], store: Store, landing: Path
) -> None:
    (landing / "first.csv").write_text(CHAIN.format(root="SPX"))
    (landing / "second.csv").write_text(CHAIN.format(root="SPX"))

    assert outcomes(ingest(landing)) == [("first.csv", LOADED), ("second.csv", ALREADY)]
    assert outcomes(ingest(landing, now=TUESDAY)) == [("first.csv", ALREADY), ("second.csv", ALREADY)]
    assert store.read(META_LOADS)["loaded_at"].to_list() == [MONDAY]


def test_the_same_bytes_under_two_series_are_two_loads(
    ingest: Callable[..., IngestReport], store: Store, landing: Path
) -> None:
    for name in ("NYSE_advn.csv", "NYSE_decln.csv"):
        (landing / name).write_text("20240304, 1500\n")

    assert {outcome for _, outcome in outcomes(ingest(landing))} == {LOADED}
    assert store.read(META_LOADS)["series"].sort().to_list() == ["advances", "declines"]


def test_a_refusal_is_kept_with_file_line_and_rule_and_nothing_is_loaded(
    ingest: Callable[..., IngestReport], store: Store, landing: Path
) -> None:
    (landing / "spx.csv").write_text(CHAIN.format(root="NVDA"))
    ingest(landing)
    report = ingest(landing, now=TUESDAY)

    assert outcomes(report) == [("spx.csv", REFUSED)]
    (refused,) = store.read(META_REFUSED_FILES).rows(named=True)
    assert (refused["source_file"], refused["source_line"], refused["column_name"]) == ("spx.csv", 2, "Calls")
    assert (refused["rule_id"], refused["refused_at"]) == ("unknown_root", MONDAY)
    assert store.read(META_LOADS).is_empty()
    assert store.query("select count(*) from raw.option_quotes").item() == 0


def test_a_file_refused_for_want_of_a_series_loads_once_the_configuration_names_it(
    ingest: Callable[..., IngestReport], store: Store, landing: Path
) -> None:
    (landing / "history.csv").write_text(VIX_HISTORY)
    assert outcomes(ingest(landing)) == [("history.csv", REFUSED)]

    report = ingest(landing, now=TUESDAY, sources={"hist*.csv": "VIX3M"})

    assert [(entry.outcome, entry.series) for entry in report.entries] == [(LOADED, "VIX3M")]
    assert store.read(META_LOADS)["series_from"].to_list() == ["configuration"]
    assert store.read(META_REFUSED_FILES).is_empty()


def test_a_zip_and_the_same_data_loose_do_not_double(
    ingest: Callable[..., IngestReport], store: Store, landing: Path
) -> None:
    member = DATASHOP.format(day="2024-03-04")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("inside/quotes.csv", member)
    (landing / "a.zip").write_bytes(buffer.getvalue())
    (landing / "b.csv").write_text(member)

    assert outcomes(ingest(landing)) == [("a.zip/inside/quotes.csv", LOADED), ("b.csv", ALREADY)]
    (load,) = store.read(META_LOADS).rows(named=True)
    assert load["content_sha256"] == sha256_of(buffer.getvalue())
    assert load["stated_date"] == date(2024, 3, 4)


def test_two_quote_dates_of_one_file_are_two_loads(
    ingest: Callable[..., IngestReport], store: Store, landing: Path
) -> None:
    two = DATASHOP.format(day="2024-03-04") + DATASHOP.format(day="2024-03-05").splitlines()[1] + "\n"
    (landing / "two.csv").write_text(two)

    report = ingest(landing)

    assert [entry.session_date for entry in report.loaded] == [date(2024, 3, 4), date(2024, 3, 5)]
    assert store.read(META_LOADS)["load_id"].n_unique() == 2
    assert outcomes(ingest(landing)) == [("two.csv", ALREADY)]


def mapped(**changes: object) -> ChainRules:
    columns = {"symbol": "occ", "bid": "b", "ask": "a"}
    return ChainRules({"desk": ChainMapping.model_validate({"columns": columns} | changes)})


def test_a_chain_read_by_a_mapping_is_read_again_once_that_is_changed_and_not_before(
    ingest: Callable[..., IngestReport], store: Store, landing: Path
) -> None:
    (landing / "desk.csv").write_text("occ,b,a\nSPXW240315C05000000,61,62\n")
    assert outcomes(ingest(landing)) == [("desk.csv", REFUSED)]

    assert outcomes(ingest(landing, chain_rules=mapped())) == [("desk.csv", LOADED)]
    assert outcomes(ingest(landing, chain_rules=mapped())) == [("desk.csv", ALREADY)]
    changed = mapped(scale={"price": 0.5})
    assert outcomes(ingest(landing, chain_rules=changed, now=TUESDAY)) == [("desk.csv", LOADED)]

    loads = store.query("select load_id, read_by, loaded_at from meta.loads order by loaded_at")
    assert loads["loaded_at"].to_list() == [MONDAY, TUESDAY]
    assert loads["read_by"].str.starts_with("chain_mappings.desk @").all()
    bids = "select bid from raw.option_quotes as q join meta.loads as l using (load_id) order by l.loaded_at"
    assert store.query(bids)["bid"].to_list() == ["61", "30.5"]


def test_a_member_known_by_its_name_is_not_unpacked_again(ingest: Callable[..., IngestReport], landing: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("VIX_History.csv", VIX_HISTORY)
    (landing / "order-1234.zip").write_bytes(buffer.getvalue())

    assert outcomes(ingest(landing)) == [("order-1234.zip/VIX_History.csv", LOADED)]
    assert outcomes(ingest(landing)) == [("order-1234.zip", ALREADY)]


def test_a_path_that_is_not_there_is_reported(ingest: Callable[..., IngestReport], store: Store, landing: Path) -> None:
    report = ingest(landing / "missing.csv")

    assert outcomes(report) == [("missing.csv", REFUSED)]
    assert "unreadable" in report.entries[0].line
    assert store.read(META_REFUSED_FILES).is_empty()
