"""Rows as received: text, with the load and the line they came from. Nothing here is interpreted."""

from warehouse.tables.types import INTEGER, TEXT, Column, Table

_LOAD = (
    Column("load_id", TEXT, "The load that brought the row: meta.loads."),
    Column(
        "source_line", INTEGER, "Line of the file, from 1; for a nested archive the line inside its member.", "line"
    ),
)


def _raw(
    name: str, description: str, fields: dict[str, str], grain: tuple[str, ...] = ("load_id", "source_line")
) -> Table:
    columns = _LOAD + tuple(Column(field, TEXT, text, "as received") for field, text in fields.items())
    return Table("raw", name, description, grain, columns, partition="load_id")


RAW_OPTION_QUOTES = _raw(
    "option_quotes",
    "One row per option contract of a chain file, fields as the vendor wrote them (a mapped file's after the mapping's "
    "scale). A quote table's line holds a call and a put, so the right is part of the key. Of a JSON, source_line is the "
    "contract's place in its list, of a Parquet file the row.",
    {
        "option_symbol": "OCC-style symbol where the vendor gives one, e.g. SPXW230317P03845000.",
        "root": "Option root: SPX, SPXW, VIX or VIXW.",
        "expiry": "Expiration date, ISO; taken from the symbol where there is one.",
        "option_right": "C or P.",
        "strike": "Strike.",
        "bid": "Bid at the file's own quote time (end of day where the file has several).",
        "ask": "Ask at the same time.",
        "last": "Last trade.",
        "volume": "Contracts traded.",
        "open_interest": "Open interest.",
        "vendor_iv": "The vendor's implied volatility, as written.",
        "vendor_delta": "The vendor's delta.",
        "vendor_gamma": "The vendor's gamma.",
        "bid_1545": "Bid at 15:45 ET where the file has it.",
        "ask_1545": "Ask at 15:45 ET.",
        "vendor_forward_1545": "The vendor's implied underlying at 15:45 ET.",
        "vendor_iv_1545": "The vendor's implied volatility at 15:45 ET.",
        "vendor_delta_1545": "The vendor's delta at 15:45 ET.",
    },
    grain=("load_id", "source_line", "option_right"),
)
RAW_VX_SETTLEMENTS = _raw(
    "vx_settlements",
    "One row per VX contract and trade date of a futures file.",
    {
        "trade_date": "Trade date as written; of a daily settlement file the session it was shown to be of.",
        "contract": "Contract label as written: an expiry date or e.g. K (May 08).",
        "symbol": "Symbol where the file has one: VX/V6 of the month, VX38/U6 of a week.",
        "open": "Open.",
        "high": "High.",
        "low": "Low.",
        "close": "Close (last trade).",
        "settle": "Settlement; 0 where the vendor had none.",
        "volume": "Contracts traded.",
        "open_interest": "Open interest.",
    },
)
RAW_INDEX_LEVELS = _raw(
    "index_levels",
    "One row per index symbol and date.",
    {
        "symbol": "Index symbol: SPX, VIX, VIX9D, VIX3M, VIX6M, VVIX, SKEW.",
        "date": "Date as written.",
        "open": "Open.",
        "high": "High.",
        "low": "Low.",
        "close": "Close.",
    },
)
RAW_BREADTH = _raw(
    "breadth",
    "One row per breadth series and date.",
    {
        "series": "advances, declines, unchanged, new_highs, new_lows, up_volume or down_volume.",
        "date": "Date as written.",
        "value": "Value as written.",
    },
)
RAW_TREASURY_YIELDS = _raw(
    "treasury_yields",
    "One row per curve date and tenor of the Treasury par curve, blank tenors left out.",
    {
        "date": "Date as written.",
        "tenor": "Tenor label, e.g. 3 Mo; FRED's series name, e.g. DGS3MO.",
        "yield_pct": "Par yield in per cent.",
    },
    grain=("load_id", "source_line", "tenor"),
)
RAW_VALUATION = _raw(
    "valuation",
    "One row per month and measure of a valuation file, blank values left out; of Shiller's table price, earnings and ten-year P/E.",
    {
        "date": "Month or date as written; a date stands for its month.",
        "measure": "Column as written: pcf, pe, pe10, ...; SP500, Earnings and PE10 of Shiller's table.",
        "value": "Value as written; 0 where Shiller's table has none.",
    },
    grain=("load_id", "source_line", "measure"),
)
RAW_EVENTS = _raw(
    "events",
    "One row per calendar event.",
    {
        "date": "Date as written.",
        "kind": "Event kind as written: fomc_decision, cpi, vix_expiry, ...",
        "detail": "Description.",
        "ref_period": "Reference period of a release.",
        "time_et": "Time of day, America/New_York.",
        "status": "scheduled, postponed, cancelled; empty means scheduled.",
        "source": "Where the vendor had it from.",
    },
)
RAW_FILLS = _raw(
    "fills",
    "One row per fill of a fills file.",
    {
        "fill_id": "The fill's own name; imports are idempotent by it.",
        "account": "Account.",
        "filled_at": "ISO 8601 with offset.",
        "root": "SPX, SPXW, VIX, VIXW, VX or VXM.",
        "expiry": "Expiration date.",
        "option_right": "C or P; empty for a future.",
        "strike": "Strike; empty for a future.",
        "quantity": "Signed: + bought, - sold.",
        "price": "Points.",
        "fees": "USD.",
        "structure": "Label that binds legs together.",
        "campaign": "Label that binds rolled structures together.",
        "note": "Free text.",
    },
)
RAW_BROKER_ROWS = _raw(
    "broker_rows",
    "One row per execution, cancellation or settlement row of a broker statement, its symbols and signs taken apart into "
    "the fields of a fills file. Lines about other instruments are rejected rows.",
    {
        "fill_id": "Lasting name of the row: broker, account and the broker's number, else a hash of what it says.",
        "account": "Account.",
        "filled_at": "ISO 8601 with offset; the date alone where the broker gives no time.",
        "root": "SPX, SPXW, VIX, VIXW, VX or VXM.",
        "expiry": "Expiration date.",
        "option_right": "C or P; empty for a future.",
        "strike": "Strike; empty for a future.",
        "quantity": "Signed: + bought, - sold; of a settlement row as the broker signs it.",
        "price": "Points; empty on a settlement row.",
        "fees": "USD paid; negative for a rebate.",
        "broker": "tastytrade, schwab or ibkr.",
        "event": "fill, correction, cancel, expiration, assignment, exercise or cash_settlement.",
        "effect": "open or close, where the broker says so.",
        "trade_ref": "The broker's number of the execution, which a later cancellation names.",
        "cancels_ref": "The execution a cancellation takes back or a correction replaces.",
        "order_ref": "The broker's number of the order.",
        "amount": "Cash the row moved in USD, + received, before fees.",
        "place": "Place among the account's rows of one instant, in the order they were traded, from 0.",
    },
    grain=("load_id", "source_line", "fill_id"),
)
RAW_ACCOUNTS = _raw(
    "accounts",
    "One row per account and date of an accounts file.",
    {
        "account": "Account.",
        "date": "Date as written.",
        "net_liq_usd": "Net liquidation value.",
        "margin_used_usd": "Margin in use.",
        "margin_debit_usd": "Margin debit actually borrowed.",
        "broker_margin_usd": "Broker's own margin figure.",
    },
)
RAW_SETTLEMENT_VALUES = _raw(
    "settlement_values",
    "One row per settlement value (SET, VRO, official closes).",
    {"date": "Date as written.", "symbol": "SET, VRO, SPX or VIX.", "value_pts": "Value in points."},
)

RAW_TABLES = (
    RAW_OPTION_QUOTES,
    RAW_VX_SETTLEMENTS,
    RAW_INDEX_LEVELS,
    RAW_BREADTH,
    RAW_TREASURY_YIELDS,
    RAW_VALUATION,
    RAW_EVENTS,
    RAW_FILLS,
    RAW_BROKER_ROWS,
    RAW_ACCOUNTS,
    RAW_SETTLEMENT_VALUES,
)
