"""Whatever a broken download contains, it is read or refused: nothing else may come out of a parser."""

from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from flows.sources.errors import FileRefused
from flows.sources.recognise import parse

SIDE = "Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
ROW = (
    "Fri Mar 15 2024,{root}240315C0{k}000,6,1,60.1,60.9,12,0.13,0.5,0.002,3,{k}.00,"
    "{root}240315P0{k}000,5,-2,5,5.4,7,0,0,0,4"
)
CHAIN = "\n".join(
    [
        "",
        "Standard & Poors 500 Index,Last: 5000.25,Change:  -1.5",
        '"Date: March 4, 2024 at 5:34 PM EST",Bid: 4990.5,Ask: 5010.5,Size: 1*1,Volume: 0',
        f"Expiration Date,Calls,{SIDE},Strike,Puts,{SIDE}",
        *(ROW.format(root=root, k=strike) for root in ("SPX", "SPXW") for strike in (4900, 5000, 5100)),
        "",
    ]
).encode()
PIECES = st.sampled_from(
    [
        b"",
        b",",
        b'"',
        b"\n",
        b"\r",
        b"\r\n",
        b"\x00",
        b"\xff",
        b"-",
        b"nan",
        b"1e999",
        b"Calls",
        b"Puts",
        b"Date:",
        b"\xe2\x80\xa8",
    ]
)
EDITS = st.lists(
    st.tuples(st.integers(0, len(CHAIN)), st.integers(0, 30), st.one_of(PIECES, st.binary(max_size=6))),
    min_size=1,
    max_size=6,
)


@given(EDITS)
@example([(CHAIN.index(b"SPXW"), 4, b"")])
@example([(0, 0, b'"')])
@example([(CHAIN.index(b"000,6,1"), 2, "١٢".encode())])  # digits, but not of an option symbol
@example([(CHAIN.index(b",IV"), 3, b",")])  # a column on one side only
def test_mangled_bytes_give_rows_or_a_refusal(edits: list[tuple[int, int, bytes]]) -> None:
    content = CHAIN
    for start, length, piece in edits:
        content = content[:start] + piece + content[start + length :]
    key = ["source_line", "option_right"]
    with suppress(FileRefused):
        for load in parse("chain.csv", content):
            assert not load.rejected.select("source_line", "rule_id", "row_key").is_duplicated().any()
            assert load.kind != "option_chain" or not load.rows.select(key).is_duplicated().any()


@given(st.integers(0, len(CHAIN)))
def test_a_download_cut_anywhere_never_loads_a_half_line(end: int) -> None:
    try:
        (load,) = parse("chain.csv", CHAIN[:end])
    except FileRefused:
        return
    assert load.rows["source_line"].n_unique() * 2 == load.rows.height
    assert load.rejected.is_empty()


@given(st.binary(max_size=200))
def test_any_bytes_give_rows_or_a_refusal(content: bytes) -> None:
    with suppress(FileRefused):
        assert parse("anything.csv", content)
