"""Rolls and decisions on the real close of 2023-02-15: every price worked again from the vendor's own lines.

The condors are ours and invented, sold near the money so that they are threatened. Quotes are named by file and line
and read at run time; no market data is kept here. The next day's PPI would block every roll, as the rules want: the
night runs with that rule off, and is looked at once more with it on.
"""

import csv
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from flows.actions import actions_of
from flows.rules import RULES
from flows.session_rows import SessionRows
from warehouse.store import open_reader, open_writer

pytestmark = pytest.mark.real

SESSION = dt.date(2023, 2, 15)
SPX = "chains/datashop/2023-02-15_SPX_UnderlyingOptionsEODQuotes.csv"
VIX = "chains/datashop/2023-02-15_VIX_UnderlyingOptionsEODQuotes.csv"
FEE = 0.65 + 0.50
OWN, NEXT = "2023-03-17", "2023-03-24"
Row = dict[str, object]
Quote = tuple[float, float]
Option = tuple[str, str, float]

# Our fills: right, strike, quantity, price. Credits 20.00 and 23.00.
PUT_SIDE = (("P", 4100, 10, 30.00), ("P", 4150, -10, 42.00), ("C", 4350, -10, 16.00), ("C", 4400, 10, 8.00))
CALL_SIDE = (("P", 3850, 5, 6.00), ("P", 3900, -5, 9.00), ("C", 4125, -5, 60.00), ("C", 4175, 5, 40.00))
HEDGE = (("2023-03-22", 21, 4, "2023-02-10"), ("2023-06-21", 24, 4, "2023-02-10"), ("2023-07-19", 26, 2, "2022-12-09"))
# Line of each option in the vendor's file.
LINES = {
    (OWN, "P", 4100): 6183,
    (OWN, "P", 4150): 6203,
    (OWN, "C", 4350): 6282,
    (OWN, "C", 4400): 6302,
    (NEXT, "P", 4100): 6805,
    (NEXT, "P", 4150): 6825,
    (NEXT, "C", 4350): 6876,
    (NEXT, "C", 4400): 6880,
    (OWN, "P", 3850): 6083,
    (OWN, "P", 3900): 6103,
    (OWN, "C", 4125): 6192,
    (OWN, "C", 4175): 6212,
    (NEXT, "P", 3850): 6711,
    (NEXT, "P", 3900): 6725,
    (NEXT, "C", 4125): 6814,
    (NEXT, "C", 4175): 6834,
}


@pytest.fixture(scope="module")
def home(
    condorwatch_here: Callable[..., CompletedProcess[str]],
    another_home: Callable[[], Path],
    nightly_of: Callable[[str, Path], list[object]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder, night_home = tmp_path_factory.mktemp("rolls"), another_home()
    book, config = folder / "book.csv", folder / "condorwatch.toml"
    header = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note"
    spx = [
        f"{name}{n},DESK,2023-02-10T15:45:00-05:00,SPXW,{OWN},{right},{strike},{qty},{price},12.5,{name},c-{name},"
        for name, legs in (("put", PUT_SIDE), ("call", CALL_SIDE))
        for n, (right, strike, qty, price) in enumerate(legs)
    ]
    vix = [
        f"H{n},DESK,{day}T15:45:00-05:00,VIX,{expiry},C,{strike},{qty},2.50,2.0,hedge-{n},,"
        for n, (expiry, strike, qty, day) in enumerate(HEDGE)
    ]
    book.write_text("\n".join([header, *spx, *vix]) + "\n")
    config.write_text("[thresholds.roll_limits]\nevent_blocks = false\n")
    ended = condorwatch_here(*nightly_of(f"{SESSION}", night_home), "--book", book, "--config", config)
    assert ended.returncode == 0, ended.stderr
    return night_home


@pytest.fixture(scope="module")
def stored(home: Path) -> Callable[[str], list[Row]]:
    def rows(table: str) -> list[Row]:
        with open_reader(home) as reader:
            return reader.query(f"select * from {table} where session_date = $day", {"day": SESSION}).to_dicts()

    return rows


@pytest.fixture(scope="module")
def quotes(real_data: Path) -> dict[Option, Quote]:
    """Every quote of the SPX file by expiry, right and strike, after making sure of the lines the test names."""
    with (real_data / SPX).open() as file:
        lines = list(csv.reader(file))
    for (expiry, right, strike), line in LINES.items():
        assert (lines[line - 1][2:4], float(lines[line - 1][4]), lines[line - 1][5]) == (
            ["SPXW", expiry],
            strike,
            right,
        )
    return {(line[3], line[5], float(line[4])): (float(line[18]), float(line[20])) for line in lines[1:]}


def price(quote: Quote, sign: int) -> float:
    """Bought a quarter of half the spread above the mid, or sold as much below; without a bid at the ask or for 0."""
    bid, ask = quote
    if bid == 0.0:
        return ask if sign > 0 else 0.0
    return (bid + ask) / 2 + sign * 0.25 * (ask - bid) / 2


def side(row: Row, name: str) -> dict[Option, int] | None:
    """The legs of one side after a roll, + held long; none where nothing is left of it."""
    if row[f"new_short_{name}_pts"] is None:
        return {}
    is_own = (row["tested_side"] == "CALL") == (name == "call")
    expiry = row["new_expiry_date"] if is_own or row["other_expiry_date"] is None else row["other_expiry_date"]
    right = "P" if name == "put" else "C"
    return {
        (f"{expiry}", right, float(row[f"new_short_{name}_pts"])): -1,  # type: ignore[arg-type]
        (f"{expiry}", right, float(row[f"new_long_{name}_pts"])): 1,  # type: ignore[arg-type]
    }


def held(legs: tuple[tuple[str, int, int, float], ...]) -> dict[Option, int]:
    return {(OWN, right, float(strike)): qty // abs(qty) for right, strike, qty, _ in legs}


BOOK = {"put": (PUT_SIDE, 10, 20.00), "call": (CALL_SIDE, 5, 23.00)}


def test_every_price_of_every_candidate_is_the_vendors(
    stored: Callable[[str], list[Row]], quotes: dict[Option, Quote]
) -> None:
    """All candidates, not two: cash, chain credit, break-evens, worst loss and margin follow from the file alone."""
    rows = [row for row in stored("mart.roll_candidates_daily") if row["move"] not in {"R7", "RB"}]
    assert len(rows) > 100
    for row in rows:
        legs, n, credit = BOOK[str(row["condor_id"])]
        before, after = held(legs), {**side(row, "put"), **side(row, "call")}  # type: ignore[dict-item]
        if row["move"] == "R6":
            after = {}
        closing = {leg: -sign for leg, sign in before.items() if leg not in after}
        opening = {leg: sign for leg, sign in after.items() if leg not in before}
        is_quoted = all(leg in quotes and quotes[leg][1] > 0 for leg in {**closing, **opening})
        if not is_quoted:
            assert row["reason"] is not None
            assert "QUOTES" in str(row["reason"])
            assert (row["close_debit_usd"] is None) or (row["open_credit_usd"] is None)
            continue
        debit = sum(sign * price(quotes[leg], sign) for leg, sign in closing.items())
        credit_in = -sum(sign * price(quotes[leg], sign) for leg, sign in opening.items())
        fees = FEE * n * (len(closing) + len(opening))
        net = 100 * n * (credit_in - debit) - fees
        chain = credit + credit_in - debit
        assert row["roll_net_usd"] == pytest.approx(net, abs=1e-6), row["candidate"]
        assert row["chain_credit_after_pts"] == pytest.approx(chain, abs=1e-9)
        widths = [
            abs(float(row[f"new_short_{name}_pts"]) - float(row[f"new_long_{name}_pts"]))  # type: ignore[arg-type]
            for name in ("put", "call")
            if row[f"new_short_{name}_pts"] is not None
        ]
        owed = sum(widths) if row["other_expiry_date"] else max(widths, default=0.0)
        assert row["margin_usd"] == pytest.approx(100 * n * owed)
        assert row["max_loss_after_usd"] == pytest.approx(100 * n * (owed - chain), abs=1e-6)


def test_two_candidates_by_hand(stored: Callable[[str], list[Row]], quotes: dict[Option, Quote]) -> None:
    """Both condors a week out at their own strikes, leg by leg from the lines named above."""
    found = {row["candidate"]: row for row in stored("mart.roll_candidates_daily")}
    for name, strikes in (("put", (4100, 4150, 4350, 4400)), ("call", (3850, 3900, 4125, 4175))):
        row = found[f"R1 SPXW {NEXT} {'/'.join(map(str, strikes))}"]
        _, n, credit = BOOK[name]
        k1, k2, k3, k4 = (
            {day: quotes[day, right, float(strike)] for day in (OWN, NEXT)}
            for right, strike in zip("PPCC", strikes, strict=True)
        )
        back = price(k2[OWN], 1) + price(k3[OWN], 1) - price(k1[OWN], -1) - price(k4[OWN], -1)
        sold = price(k2[NEXT], -1) + price(k3[NEXT], -1) - price(k1[NEXT], 1) - price(k4[NEXT], 1)
        mids = [sum(leg[OWN]) / 2 for leg in (k1, k2, k3, k4)]
        assert row["close_debit_usd"] == pytest.approx(100 * n * back, abs=1e-6)
        assert row["close_debit_usd"] >= 100 * n * (mids[1] + mids[2] - mids[0] - mids[3])  # type: ignore[operator]
        assert row["open_credit_usd"] == pytest.approx(100 * n * sold, abs=1e-6)
        assert row["roll_net_usd"] == pytest.approx(100 * n * (sold - back) - 8 * n * FEE, abs=1e-6)
        chain = credit + sold - back
        assert row["break_even_put_pts"] == pytest.approx(strikes[1] - chain, abs=1e-9)
        assert row["break_even_call_pts"] == pytest.approx(strikes[2] + chain, abs=1e-9)
        assert row["margin_usd"] == pytest.approx(100 * n * 50)
        assert (row["margin_change_usd"], row["days_added_days"]) == (0, 7)
        assert (row["status"], row["profile"], row["state"]) == ("FEASIBLE", "monthly", "ITM")


def test_a_feasible_roll_pays_and_risks_no_more_than_at_first(stored: Callable[[str], list[Row]]) -> None:
    feasible = [row for row in stored("mart.roll_candidates_daily") if row["status"] == "FEASIBLE"]
    assert {row["condor_id"] for row in feasible} == {"put", "call"}
    for row in feasible:
        legs, n, credit = BOOK[str(row["condor_id"])]
        assert row["roll_net_usd"] >= 0  # type: ignore[operator]
        assert row["max_loss_after_usd"] <= 100 * n * (50 - credit)  # type: ignore[operator]
        assert row["quantity_qty"] == n == abs(legs[0][2])


def test_on_the_eve_of_the_ppi_nothing_new_is_sold(home: Path) -> None:
    """PPI of January 2023: 2023-02-16 08:30 in New York."""
    with open_writer(home, "desk:1") as store:
        found = actions_of(store, SessionRows(store, SESSION), RULES)
    entering = [row for row in found.candidates.to_dicts() if row["move"] in {"R1", "R2", "R3", "R4"}]
    assert len(entering) > 90
    assert all("EVENT: ppi on 2023-02-16 at 08:30 New York" in row["reason_text"] for row in entering)
    rolled = [row for row in found.decisions.to_dicts() if row["decision"] == "ROLL"]
    assert all(row["reason"].startswith("none of ") and "by EVENT" in row["reason"] for row in rolled)


def test_the_hedge_is_rolled_at_the_vendors_bid_and_ask(stored: Callable[[str], list[Row]], real_data: Path) -> None:
    """Two calls of 2023-07-19, bought as L3 and 154 days from settlement, for two of the L3 unit's call."""
    with (real_data / VIX).open() as file:
        vix = {
            (line[3], line[5], float(line[4])): (float(line[18]), float(line[20]))
            for line in list(csv.reader(file))[1:]
        }
    (row,) = stored("mart.hedge_rolls_daily")
    bid, _ = vix["2023-07-19", "C", 26.0]
    _, ask = vix[f"{row['new_expiry_date']}", "C", float(row["new_strike_pts"])]  # type: ignore[arg-type]
    assert f"{row['new_expiry_date']}" == "2023-09-20"
    assert row["hedge_roll_cost_usd"] == pytest.approx(200 * (ask - bid) + 4 * (0.65 + 0.42))


def test_every_threatened_condor_has_its_six_decisions(
    stored: Callable[[str], list[Row]], quotes: dict[Option, Quote]
) -> None:
    rows = {(row["condor_id"], row["decision"]): row for row in stored("mart.decisions_daily")}
    assert len(rows) == 12
    for name, (legs, n, credit) in BOOK.items():
        back = sum(-sign * price(quotes[leg], -sign) for leg, sign in held(legs).items())
        close, hold = rows[name, "CLOSE"], rows[name, "HOLD"]
        assert close["cash_today_usd"] == pytest.approx(-100 * n * back - 4 * n * FEE, abs=1e-6)
        # Each of the four fills cost 12.50.
        locked = 100 * n * (credit - back) - 4 * n * FEE - 50
        assert close["realised_pnl_usd"] == pytest.approx(locked, abs=1e-6)
        assert hold["max_loss_after_usd"] == pytest.approx(100 * n * (50 - credit))
        assert hold["ev_p_usd"] < 0  # type: ignore[operator]
        assert rows[name, "REDUCE"]["margin_usd"] == 100 * (n // 2) * 50
        for decision in ("HOLD", "CLOSE", "REDUCE", "ROLL", "ROLL_AND_HEDGE", "ADD_HEDGE"):
            assert rows[name, decision]["reason"] is None, decision
            assert rows[name, decision]["net_delta_usd_per_1pct"] is not None, decision
