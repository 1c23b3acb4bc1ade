"""Whatever a broken file of chains contains, in any format, it is read or refused: nothing else may come out."""

import datetime as dt
import gzip
import io
import zipfile
from contextlib import suppress

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.sources.chain_rules import ChainMapping, ChainRules
from flows.sources.errors import FileRefused
from flows.sources.recognise import parse
from tests.flows.chain_writers import (
    DESK_MAPPING,
    NEW_YORK,
    as_parquet,
    cboe_json,
    desk_table,
    historical,
    optionsdx,
    quote_table,
)

DAY = dt.date(2024, 3, 4)
CLOSE = dt.datetime.combine(DAY, dt.time(16, 14, 59), NEW_YORK)
EVENING = dt.datetime.combine(DAY, dt.time(18), NEW_YORK)
CONTRACTS = pl.DataFrame(
    [
        {
            "option_symbol": f"SPXW240322{right}0{strike}000",
            "root": "SPXW",
            "expiry": "2024-03-22",
            "option_right": right,
            "strike": f"{strike}.00",
            "bid": "60.1",
            "ask": "60.9",
            "last": "60",
            "volume": "12",
            "open_interest": "340",
            "vendor_iv": "0.13",
            "vendor_delta": "0.5",
            "vendor_gamma": "0.002",
        }
        for strike in (4900, 5000, 5100)
        for right in "CP"
    ]
)
RULES = ChainRules({"desk": ChainMapping.model_validate(DESK_MAPPING)}, optionsdx_monthly_root="SPX")


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/chain.csv", content)
    return buffer.getvalue()


FILES = {
    "json": cboe_json(CONTRACTS, EVENING, CLOSE),
    "historical": historical(CONTRACTS, DAY),
    "optionsdx": optionsdx(CONTRACTS, CLOSE),
    "csv": desk_table(CONTRACTS, DAY).write_csv().encode(),
    "parquet": as_parquet(desk_table(CONTRACTS, DAY)),
    "gzip": gzip.compress(historical(CONTRACTS, DAY)),
    "zip": zipped(quote_table(CONTRACTS, EVENING)),
}
PIECES = st.sampled_from(
    [b"", b",", b'"', b"\n", b"\r", b"\x00", b"\xff", b"-", b"nan", b"1e999", b"{", b"[]", b"null"]
)
EDITS = st.lists(
    st.tuples(st.integers(0, 4000), st.integers(0, 30), st.one_of(PIECES, st.binary(max_size=6))),
    min_size=1,
    max_size=5,
)
NAME = "spx_eod_202403.txt"


@pytest.mark.parametrize("kind", FILES)
def test_the_file_itself_is_read(kind: str) -> None:
    (load,) = parse(NAME, FILES[kind], chain_rules=RULES)

    assert load.rows.height == 6
    assert load.rejected.is_empty()


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=60)
@given(edits=EDITS)
def test_mangled_bytes_give_rows_or_a_refusal(kind: str, edits: list[tuple[int, int, bytes]]) -> None:
    content = FILES[kind]
    for start, length, piece in edits:
        at = start % len(content)
        content = content[:at] + piece + content[at + length :]
    with suppress(FileRefused):
        for load in parse(NAME, content, chain_rules=RULES):
            assert not load.rejected.select("source_line", "rule_id", "row_key").is_duplicated().any()
            assert not load.rows.select("source_line", "option_right").is_duplicated().any()


@pytest.mark.parametrize("kind", ["json", "historical", "optionsdx", "csv", "gzip", "zip"])
@settings(max_examples=60)
@given(end=st.integers(0, 4000))
def test_a_download_cut_anywhere_never_loads_a_half_line(kind: str, end: int) -> None:
    content = FILES[kind]
    try:
        (load,) = parse(NAME, content[: end % len(content)], chain_rules=RULES)
    except FileRefused:
        return
    assert load.rejected.is_empty()
    whole = parse(NAME, content, chain_rules=RULES)[0].rows
    assert load.rows.equals(whole.head(load.rows.height))
