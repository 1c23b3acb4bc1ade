"""What may come after a night was issued, and the figures it must give: worked out from the files by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.flows.landed_nights import ASK, BID, SPX, VIX, Landing, QuoteTable, landing_of
from tests.flows.restatements import (
    ACCOUNTS_HEADER,
    CALLS_QTY,
    CONDORS_QTY,
    EVENTS_HEADER,
    FILLS_HEADER,
    HIGHEST_PTS,
    LOWEST_PTS,
    SESSION,
    SHORT_PUT,
    VIX_CALL,
    Figure,
    Restatement,
    fill_line,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AN_HOUR_LATER, IN_SESSION = "April 23, 2026 at 6:30 PM EDT", "April 23, 2026 at 2:00 PM EDT"
LONG_CALL = "SPXW260522C05300000"
MONTHLY_PUT = "SPX260515P04900000"
MULTIPLIER, FEE_USD = 100, 1.0
# Closes of the two sessions, and the VX settlements of the second, as the simulated files print them.
SPX_CLOSE, SPX_BEFORE, VIX_CLOSE, VIX_BEFORE = 5015.77, 5086.16, 25.13, 22.04
OHLC = "DATE,OPEN,HIGH,LOW,CLOSE\n"
VX_HEADER = ",Trade Date,Futures,Open,High,Low,Close,Settle,Change,Total Volume,EFP,Open Interest\n"
TREASURY_HEADER = "Date,1 Mo,2 Mo,3 Mo,4 Mo,6 Mo,1 Yr,2 Yr,3 Yr,5 Yr,7 Yr,10 Yr,20 Yr,30 Yr\n"
TRADINGVIEW_HEADER = "time,open,high,low,close,Volume,Volume MA\n"

CONDOR_PNL: Final[Figure] = ("DESK", "condors.pnl", "condor-1")
CONDORS_HELD: Final[Figure] = ("DESK", "condors.quantity", "condor-1")
HEDGE_PNL: Final[Figure] = ("DESK", "totals.hedge_pnl", "")
L1_VALUE: Final[Figure] = ("DESK", "layers.value", "L1")
L1_CONTRACTS: Final[Figure] = ("DESK", "layers.contracts", "L1")
NET_DELTA: Final[Figure] = ("DESK", "totals.net_delta", "")
OTHER_PNL: Final[Figure] = ("DESK", "totals.other_pnl", "")
NET_LIQ: Final[Figure] = ("DESK", "totals.net_liq", "")


def market(figure: str) -> Figure:
    return "", f"market.{figure}", ""


def moved(landing: Landing, name: str, symbol: str, by_pts: float) -> Mapping[str, bytes]:
    """The table an hour later, with one contract's bid and ask moved."""
    table = QuoteTable.of(landing[name])
    bid, ask = next((bid, ask) for listed, bid, ask in table.quotes() if listed == symbol)
    quotes = {symbol: (round(bid + by_pts, 2), round(ask + by_pts, 2))}
    return {f"corrected_{name}": table.dated(AN_HOUR_LATER).with_quotes(quotes).content}


def expiry_moved(landing: Landing) -> Mapping[str, bytes]:
    """The table an hour later, every dear contract of the condor's expiry 20 cents dearer: a replaced file."""

    def edit(row: list[str], offset: int, symbol: str) -> None:
        if symbol.startswith("SPXW260522") and float(row[BID + offset]) > 1:
            for side in (BID, ASK):
                row[side + offset] = f"{float(row[side + offset]) + 0.2:.2f}"

    return {"replaced.csv": QuoteTable.of(landing[SPX]).dated(AN_HOUR_LATER).edited(edit).content}


def vx_settle(landing: Landing, expiry: str) -> float:
    rows = [line.split(",") for line in landing["vx_contracts.csv"].decode().splitlines()]
    return next(float(row[7]) for row in rows if row[1:3] == [f"{SESSION}", expiry])


def vx_row(day: str, expiry: str, settle: float) -> bytes:
    return f"{VX_HEADER}0,{day},{expiry},19,20,18,19,{settle},0.1,100,0,2000\n".encode()


def history(day: str, close: float) -> bytes:
    return f"{OHLC}{day},{close},{close},{close},{close}\n".encode()


def treasury(day: str, shift_pct: float) -> bytes:
    rates = (3.57, 3.61, 3.64, 3.68, 3.74, 3.90, 4.15, 4.31, 4.50, 4.58, 4.63, 4.65, 4.65)
    return f"{TREASURY_HEADER}{day},{','.join(f'{rate + shift_pct:.2f}' for rate in rates)}\n".encode()


def vx_corrected(landing: Landing) -> Restatement:
    first, second = vx_settle(landing, "2026-05-19") + 0.10, vx_settle(landing, "2026-06-17")
    return Restatement(
        later={"vx_late.csv": vx_row(f"{SESSION}", "2026-05-19", first)},
        becomes={market("contango"): second / first - 1},
    )


def vx_settlement_sheet(landing: Landing) -> Restatement:
    first, second = vx_settle(landing, "2026-05-19"), round(vx_settle(landing, "2026-06-17") - 0.2, 4)
    sheet = "Futures Prices for April 23, 2026\nProduct,Symbol,Expiration Date,Price\n"
    return Restatement(
        later={"settlement.csv": f"{sheet}VX,VX/K6,2026-05-19,{first}\nVX,VX/M6,2026-06-17,{second}\n".encode()},
        becomes={market("contango"): second / first - 1},
    )


def late_root(landing: Landing) -> Restatement:
    """The monthlies settled in the morning come with a later table, and a put of theirs that was bought for 50."""
    whole = QuoteTable.of(landing_of(SESSION)[SPX]).dated(AN_HOUR_LATER)
    table = whole.keep(lambda _, __, ___, strike_pts: LOWEST_PTS <= strike_pts <= HIGHEST_PTS)
    assert len(table.rows) > len(QuoteTable.of(landing[SPX]).rows)
    bid, ask = next((bid, ask) for symbol, bid, ask in table.quotes() if symbol == MONTHLY_PUT)
    return Restatement(
        later={"with_monthlies.csv": table.content} | fills(fill_line("M1", MONTHLY_PUT, 1, 50.0)),
        changes={CONDOR_PNL: 0.0},
        becomes={OTHER_PNL: ((bid + ask) / 2 - 50.0) * MULTIPLIER - FEE_USD},
    )


def accounts(day: str, net_liq_usd: int) -> bytes:
    return f"{ACCOUNTS_HEADER}DESK,{day},{net_liq_usd},60000,0,60000\n".encode()


def events(line: str) -> Mapping[str, bytes]:
    return {"events_late.csv": f"{EVENTS_HEADER}{line}\n".encode()}


def fills(*lines: str) -> Mapping[str, bytes]:
    return {"fills_late.csv": (FILLS_HEADER + "".join(lines)).encode()}


CASES: Final[dict[str, Callable[[Landing], Restatement]]] = {
    "the short put is a point dearer in a corrected SPX chain": lambda landing: Restatement(
        later=moved(landing, SPX, SHORT_PUT, 1.0), changes={CONDOR_PNL: -1.0 * MULTIPLIER * CONDORS_QTY}
    ),
    "the long call is half a point cheaper in a corrected SPX chain": lambda landing: Restatement(
        later=moved(landing, SPX, LONG_CALL, -0.5), changes={CONDOR_PNL: -0.5 * MULTIPLIER * CONDORS_QTY}
    ),
    "a replaced SPX chain moves all four legs alike": lambda landing: Restatement(
        later=expiry_moved(landing), changes={CONDOR_PNL: 0.0}
    ),
    "a corrected SPX chain no longer lists the short put": lambda landing: Restatement(
        later={
            "shorter.csv": QuoteTable.of(landing[SPX])
            .dated(AN_HOUR_LATER)
            .without({SHORT_PUT[:10] + "C" + SHORT_PUT[11:]})
            .content
        },
        becomes={CONDOR_PNL: None},
    ),
    "an SPX chain of the session's hours comes late": lambda landing: Restatement(
        later={
            "intraday.csv": QuoteTable.of(moved(landing, SPX, SHORT_PUT, 5.0)[f"corrected_{SPX}"])
            .dated(IN_SESSION)
            .content
        },
        is_silent=True,
    ),
    "a partial SPX chain comes late": lambda landing: Restatement(
        later={
            "partial.csv": QuoteTable.of(moved(landing, SPX, SHORT_PUT, 5.0)[f"corrected_{SPX}"])
            .keep(lambda number, *_: number % 2 == 0)
            .content
        },
        is_silent=True,
    ),
    "the AM-settled root comes late": late_root,
    "the hedge is ten cents dearer in a corrected VIX chain": lambda landing: Restatement(
        later=moved(landing, VIX, VIX_CALL, 0.10),
        changes={L1_VALUE: 0.10 * MULTIPLIER * CALLS_QTY, HEDGE_PNL: 0.10 * MULTIPLIER * CALLS_QTY},
    ),
    "a VIX chain of the session's hours comes late": lambda landing: Restatement(
        later={
            "intraday.csv": QuoteTable.of(moved(landing, VIX, VIX_CALL, 1.0)[f"corrected_{VIX}"])
            .dated(IN_SESSION)
            .content
        },
        is_silent=True,
    ),
    "a partial VIX chain comes late": lambda landing: Restatement(
        later={
            "partial.csv": QuoteTable.of(moved(landing, VIX, VIX_CALL, 1.0)[f"corrected_{VIX}"])
            .keep(lambda number, *_: number % 2 == 0)
            .content
        },
        is_silent=True,
    ),
    "the first VX settlement is corrected": vx_corrected,
    "the exchange's settlement sheet says otherwise": vx_settlement_sheet,
    "VX settlements of the next session come": lambda _: Restatement(
        later={"vx_late.csv": vx_row("2026-04-24", "2026-05-19", 30.0)}, is_silent=True
    ),
    "the VIX close is corrected": lambda _: Restatement(
        later={"VIX_History.csv": history("04/23/2026", 25.40)},
        becomes={market("vix"): 25.40, market("vix_change"): 25.40 / VIX_BEFORE - 1},
    ),
    "the VIX close of the day before is corrected": lambda _: Restatement(
        later={"VIX_History.csv": history("04/22/2026", 22.0)},
        becomes={market("vix"): VIX_CLOSE, market("vix_change"): VIX_CLOSE / 22.0 - 1},
    ),
    "the VIX history comes again with the same closes": lambda landing: Restatement(
        later={"VIX_History.csv": landing["VIX_History.csv"].replace(b"0000", b"")}, is_silent=True
    ),
    "the VIX history comes with another day": lambda landing: Restatement(
        later={"VIX_History.csv": landing["VIX_History.csv"] + b"04/24/2026,30,30,30,30\n"}, is_silent=True
    ),
    "the SPX close is corrected": lambda _: Restatement(
        later={"SPX_History.csv": history("04/23/2026", 5017.77)},
        becomes={market("index_close"): 5017.77, market("spx_return"): 5017.77 / SPX_BEFORE - 1},
    ),
    "the SPX close of the day before is corrected": lambda _: Restatement(
        later={"SPX_History.csv": history("04/22/2026", 5090.16)},
        becomes={market("index_close"): SPX_CLOSE, market("spx_return"): SPX_CLOSE / 5090.16 - 1},
    ),
    "the advances are corrected": lambda _: Restatement(
        later={"NYSE_ADV_tradingview.csv": f"{TRADINGVIEW_HEADER}{SESSION},1104,1104,1104,1104,,\n".encode()},
        is_silent=True,  # page one shows no breadth
    ),
    "SKEW is corrected": lambda _: Restatement(
        later={"SKEW_History.csv": b"DATE,SKEW\n04/23/2026,141\n"}, is_silent=True
    ),
    "the Treasury curve is corrected": lambda _: Restatement(
        later={"curve_late.csv": treasury("4/23/26", 1.0)}, changes={CONDOR_PNL: 0.0}
    ),
    "the Treasury curve of the next day comes": lambda _: Restatement(
        later={"curve_late.csv": treasury("4/24/26", 1.0)}, is_silent=True
    ),
    "the account is corrected": lambda _: Restatement(
        later={"accounts_late.csv": accounts("2026-04-23", 251000)}, becomes={NET_LIQ: 251000.0}
    ),
    "the account of the next day comes": lambda _: Restatement(
        later={"accounts_late.csv": accounts("2026-04-24", 251000)}, is_silent=True
    ),
    "a fill is booked late": lambda _: Restatement(
        later=fills(fill_line("H2", VIX_CALL, 2, 1.5)), becomes={L1_CONTRACTS: CALLS_QTY + 2.0}
    ),
    "a fill after the mark is booked": lambda _: Restatement(
        later=fills(fill_line("H3", VIX_CALL, 2, 1.5, filled_at="2026-04-23T16:16:00")), is_silent=True
    ),
    "a fill's correction reuses its id": lambda _: Restatement(
        later=fills(fill_line("H1", VIX_CALL, CALLS_QTY, 1.6)),
        changes={HEDGE_PNL: 0.0},
    ),
    "an event is announced": lambda _: Restatement(
        later=events("2026-04-28,cpi,,March 2026,08:30,scheduled"), becomes={market("next_event_days"): 5.0}
    ),
    "the next event is postponed": lambda _: Restatement(
        later=events("2026-04-29,fomc_decision,,,14:00,postponed"), becomes={market("next_event_days"): None}
    ),
    "the accounts file is withdrawn": lambda _: Restatement(withdrawn=("accounts.csv",), becomes={NET_LIQ: None}),
    "the fills file is withdrawn": lambda _: Restatement(
        withdrawn=("fills.csv",), becomes={CONDORS_HELD: None, L1_CONTRACTS: None}
    ),
    "the VIX chain is withdrawn": lambda _: Restatement(withdrawn=(VIX,), becomes={L1_VALUE: None}),
    "the SPX chain is withdrawn": lambda _: Restatement(
        withdrawn=(SPX,), becomes={market("spot"): None, CONDOR_PNL: None}
    ),
    "the VIX history is withdrawn": lambda _: Restatement(
        withdrawn=("VIX_History.csv",), becomes={market("vix"): None, market("vix_change"): None}
    ),
    "the Treasury curve is withdrawn": lambda _: Restatement(
        withdrawn=("treasury_par.csv",), becomes={market("vix_recomputed"): None, NET_DELTA: None}
    ),
    "a corrected SPX chain is itself withdrawn": lambda landing: Restatement(
        later=moved(landing, SPX, SHORT_PUT, 1.0), withdrawn=(f"corrected_{SPX}",), is_silent=True
    ),
    "a corrected VIX close is itself withdrawn": lambda _: Restatement(
        later={"VIX_History_2.csv": history("04/23/2026", 25.40)}, withdrawn=("VIX_History_2.csv",), is_silent=True
    ),
}
# One of each kind; the others are run by `make soak`.
EVERY_TIME: Final = (
    "the short put is a point dearer in a corrected SPX chain",
    "a fill is booked late",
    "the VIX chain is withdrawn",
)
