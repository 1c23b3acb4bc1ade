"""What must hold of a book on every night, recomputed from fills, quotes and settlement values alone.

Nothing here calls the program's own book: lots are matched, cash is added up and payoffs are worked out again.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from warehouse.store import Reader

CENT = 0.005
STATES = ("OK", "WATCH", "TESTED", "ITM", "BREACHED", "WING")
Row = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Book:
    """A published warehouse, read whole."""

    fills: list[Row]
    legs: pl.DataFrame
    condors: pl.DataFrame
    layers: pl.DataFrame
    engines: pl.DataFrame
    books: pl.DataFrame
    positions: pl.DataFrame
    accounts: pl.DataFrame
    scenarios: pl.DataFrame
    fits: pl.DataFrame
    settlements: dict[tuple[dt.date, str], float]

    @staticmethod
    def of(reader: Reader) -> Book:
        closes = reader.query("select session_date, close_pts from core.index_levels_daily where symbol = 'SPX'")
        values = reader.query("select session_date, symbol, value_pts from core.settlement_values")
        return Book(
            fills=reader.query("select * from core.fills order by filled_at, fill_id").to_dicts(),
            legs=reader.query("select * from mart.legs_daily"),
            condors=reader.query("select * from mart.condors_daily order by session_date, account, condor_id"),
            layers=reader.query("select * from mart.hedge_layers_daily"),
            engines=reader.query("select * from mart.second_engine_daily"),
            books=reader.query("select * from mart.book_daily order by session_date, account"),
            positions=reader.query("select * from mart.positions_daily"),
            accounts=reader.query("select * from core.accounts_daily order by session_date, account"),
            scenarios=reader.query(
                "select session_date, account, part, pnl_usd, fitted_surface_pnl_usd from mart.scenarios_daily "
                "where vol_response = 'base' and horizon = 'now' and spot_shock_frac = -0.05"
            ),
            fits=reader.query(
                "select session_date, root, expiry_date, settlement from core.smile_fits_daily where method is not null"
            ),
            settlements={(day, "SPX"): close for day, close in closes.iter_rows()}
            | {(day, symbol): value for day, symbol, value in values.iter_rows()},
        )

    @property
    def sessions(self) -> list[dt.date]:
        return self.books["session_date"].unique().sort().to_list()

    def fills_until(self, day: dt.date) -> list[Row]:
        """The fills of sessions up to this one: the sample book trades before its marks."""
        return [fill for fill in self.fills if fill["filled_at"].date() <= day]

    def payoff_pts(self, fill: Row) -> float:
        """What one contract paid: SPXW at the official close, SPX at SET, VIX at VRO."""
        symbol = {"SPXW": "SPX", "SPX": "SET"}.get(fill["root"], "VRO")
        level = self.settlements[fill["expiry_date"], symbol]
        over = level - fill["strike_pts"] if fill["right"] == "C" else fill["strike_pts"] - level
        return max(over, 0.0)

    def cash_usd(self, account: str, day: dt.date) -> float:
        """All cash up to the marks of a session: fills, fees, and what has settled by then."""
        cash = 0.0
        for fill in self.fills_until(day):
            if fill["account"] == account:
                cash -= fill["quantity_qty"] * fill["price_pts"] * 100 + fill["fees_usd"]
                if fill["expiry_date"] <= day:
                    cash += fill["quantity_qty"] * self.payoff_pts(fill) * 100
        return cash


def instrument(fill: Row) -> str:
    return f"{fill['root']} {fill['expiry_date']} {fill['settlement']} {fill['right']} {fill['strike_pts']:g}"


def check_condor_bounds(book: Book) -> int:
    """P&L before fees lies between maximum loss and credit: exactly at settlement, before within half the spreads."""
    half = (
        book.legs.filter(pl.col("part") == "condor")
        .with_columns(half_usd=pl.col("quantity_qty").abs() * 100 * (pl.col("ask_pts") - pl.col("bid_pts")) / 2)
        .group_by("session_date", "account", condor_id="structure_id")
        .agg(pl.col("half_usd").sum())
    )
    rows = book.condors.join(half, on=["session_date", "account", "condor_id"], how="left")
    for row in rows.to_dicts():
        earned, credit = row["pnl_usd"] + row["fees_usd"], row["chain_credit_pts"] * 100 * row["quantity_qty"]
        widest = max(row["short_put_pts"] - row["long_put_pts"], row["long_call_pts"] - row["short_call_pts"])
        assert abs(row["max_loss_usd"] - (widest * 100 * row["quantity_qty"] - credit)) < 1e-6
        leeway = 1e-6 if row["state"] == "SETTLED" else row["half_usd"]
        assert -row["max_loss_usd"] - leeway <= earned <= credit + leeway, row
    return rows.height


def check_chain_credit(book: Book) -> None:
    """The chain credit is all that the campaign's fills brought in, and what its settled legs paid."""
    for row in book.condors.to_dicts():
        day, brought = row["session_date"], 0.0
        for fill in book.fills_until(day):
            is_own = fill["structure"] == row["condor_id"]
            if fill["account"] != row["account"] or fill["campaign"] != row["campaign_id"]:
                continue
            brought -= 100 * fill["quantity_qty"] * fill["price_pts"]
            has_settled = fill["expiry_date"] <= day and not (is_own and row["state"] == "SETTLED")
            brought += 100 * fill["quantity_qty"] * book.payoff_pts(fill) if has_settled else 0.0
        assert abs(row["chain_credit_pts"] * 100 * row["quantity_qty"] - brought) < CENT, row


def check_day_pnl(book: Book) -> int:
    """The day's P&L is the change in value plus the cash of the day, to the cent, account by account and in all."""
    value = {
        (day, account): usd
        for day, account, usd in book.legs.group_by("session_date", "account")
        .agg(pl.col("value_usd").sum())
        .iter_rows()
    }
    compared = 0
    days = book.sessions
    for before, day in pairwise(days):
        total = 0.0
        rows = {row["account"]: row for row in book.books.filter(session_date=day).to_dicts()}
        for account in sorted(rows.keys() - {"ALL"}):
            by_hand = (
                value.get((day, account), 0.0)
                - value.get((before, account), 0.0)
                + book.cash_usd(account, day)
                - book.cash_usd(account, before)
            )
            assert abs(rows[account]["day_pnl_usd"] - by_hand) < CENT, (
                day,
                account,
                by_hand,
                rows[account]["day_pnl_usd"],
            )
            total += by_hand
            compared += 1
        if "ALL" in rows:
            assert abs(rows["ALL"]["day_pnl_usd"] - total) < CENT, day
    return compared


def check_broker_statements(book: Book) -> int:
    """Between two statements of the simulated broker, which adds up by itself, the days' P&L is the change."""
    compared = 0
    for (account,), statements in book.accounts.partition_by("account", as_dict=True).items():
        known = statements.filter(pl.col("session_date").is_in(book.sessions)).sort("session_date").to_dicts()
        for before, now in pairwise(known):
            between = book.books.filter(
                pl.col("account") == account,
                pl.col("session_date") > before["session_date"],
                pl.col("session_date") <= now["session_date"],
            )
            change = now["net_liq_usd"] - before["net_liq_usd"]
            assert abs(between["day_pnl_usd"].sum() - change) < 2 * CENT, (account, now["session_date"])
            compared += 1
    return compared


def check_broker_margin(book: Book) -> int:
    """The simulated broker asks one wing of every condor, as the margin rules do.

    It nets a contract that one condor is long and another short, so only statements without such a contract compare.
    """
    compared = 0
    for statement in book.accounts.filter(pl.col("session_date").is_in(book.sessions)).to_dicts():
        key = {"session_date": statement["session_date"], "account": statement["account"]}
        spx = book.legs.filter(pl.col("part") == "condor").filter(**key)
        netted = spx.group_by("instrument_id").agg(net=pl.col("quantity_qty").sum().abs())["net"].sum()
        if netted == spx["quantity_qty"].abs().sum():
            assert book.condors.filter(**key)["margin_usd"].sum() == statement["margin_used_usd"], key
            compared += 1
    return compared


def fifo(fills: Iterable[Row]) -> dict[Key, tuple[int, float, float]]:
    """Per account, structure and instrument: open contracts, what they cost in points, realised points x contracts."""
    lots: defaultdict[Key, deque[list[float]]] = defaultdict(deque)
    realised: defaultdict[Key, float] = defaultdict(float)
    for fill in fills:
        key = (fill["account"], fill["structure"], instrument(fill))
        left, price = fill["quantity_qty"], fill["price_pts"]
        while left and lots[key] and lots[key][0][0] * left < 0:
            taken = min(abs(left), abs(lots[key][0][0]))
            sign = 1 if lots[key][0][0] > 0 else -1
            realised[key] += sign * taken * (price - lots[key][0][1])
            lots[key][0][0] -= sign * taken
            left += sign * taken
            if lots[key][0][0] == 0:
                lots[key].popleft()
        if left:
            lots[key].append([left, price])
    return {
        key: (int(sum(size for size, _ in of_key)), sum(size * price for size, price in of_key), realised[key])
        for key, of_key in lots.items()
    }


def check_lots_to_positions(book: Book, days: Iterable[dt.date]) -> None:
    """Open lots, matched here again, add up to every position: contracts, cost and realised P&L."""
    for day in days:
        alive = [fill for fill in book.fills_until(day) if fill["expiry_date"] > day]
        expected = {key: found for key, found in fifo(alive).items() if found[0]}
        rows = {
            (row["account"], row["structure_id"], row["instrument_id"]): row
            for row in book.positions.filter(session_date=day).to_dicts()
        }
        assert rows.keys() == expected.keys(), day
        for key, (size, cost, realised) in expected.items():
            assert rows[key]["quantity_qty"] == size
            assert abs(rows[key]["entry_price_pts"] * size - cost) < 1e-9
            assert abs(rows[key]["realised_pnl_usd"] - 100 * realised) < CENT


def check_positions_to_book(book: Book) -> None:
    """Legs add up to condors, layers and diagonals, and these to the book; each to the cent, every night."""
    legs = book.legs
    marked = legs.with_columns(by_hand=pl.col("quantity_qty") * pl.col("multiplier_usd") * pl.col("mark_pts"))
    assert marked.select((pl.col("value_usd") - pl.col("by_hand")).abs().max()).item() < CENT
    held = book.condors.filter(pl.col("state") != "SETTLED")
    condor_value = (
        legs.filter(pl.col("part") == "condor")
        .group_by("session_date", "account", condor_id="structure_id")
        .agg(legs_usd=pl.col("value_usd").sum())
    )
    both = held.join(condor_value, on=["session_date", "account", "condor_id"], how="left")
    assert both.select((pl.col("value_usd") - pl.col("legs_usd")).abs().max()).item() < CENT
    parts = {"condor": held, "hedge": book.layers.filter(pl.col("account") != "ALL"), "second_engine": book.engines}
    sums = {part: _sums(rows, "pnl_usd") for part, rows in parts.items()}
    max_loss = _sums(held, "max_loss_usd")
    for row in book.books.to_dicts():
        key = (row["session_date"], row["account"])
        of_parts = {part: found.get(key, 0.0) for part, found in sums.items()}
        for part, usd in of_parts.items():
            assert abs(row[f"{part}_pnl_usd"] - usd) < CENT, (key, part)
        assert abs(row["pnl_usd"] - sum(of_parts.values()) - row["other_pnl_usd"]) < CENT, key
        assert abs(row["max_loss_usd"] - max_loss.get(key, 0.0)) < CENT, key


def _sums(rows: pl.DataFrame, column: str) -> dict[tuple[dt.date, str], float]:
    """Add a column up by session and account, and by session under ALL."""
    own = rows.select("session_date", "account", column)
    every = own.with_columns(account=pl.lit("ALL"))
    added = pl.concat([own, every]).group_by("session_date", "account").agg(pl.col(column).sum())
    return {(day, account): usd for day, account, usd in added.iter_rows()}


def check_states_in_time(book: Book) -> None:
    """A state's beginning and the campaign's worst state, followed row by row through the nights."""
    begun: dict[tuple[str, str], tuple[str, dt.date, dt.date]] = {}
    worst: defaultdict[tuple[str, str], int] = defaultdict(int)
    days = book.sessions
    for row in book.condors.to_dicts():
        key, day, state = (row["account"], row["condor_id"]), row["session_date"], row["state"]
        campaign = (row["account"], row["campaign_id"])
        was = begun.get(key)
        is_same = was is not None and was[0] == state and days.index(day) == days.index(was[2]) + 1
        since = was[1] if was is not None and is_same else day
        begun[key] = (state, since, day)
        assert row["state_since_date"] == since, row
        assert row["days_in_state_sessions"] == days.index(day) - days.index(since) + 1
        worst[campaign] = max(worst[campaign], *(STATES.index(row[f"{side}_state"]) for side in ("put", "call")))
        assert row["worst_state_in_campaign"] == STATES[worst[campaign]], row


def check_measures(book: Book) -> None:
    """Every measure is there, or says why not; chances are chances, payoffs are losses."""
    held = book.condors.filter(pl.col("state") != "SETTLED")
    for chance in ("pop_frac", "pop_flat_frac", "put_itm_frac", "call_itm_frac", "put_touch_frac", "call_touch_frac"):
        assert held[chance].is_between(0.0, 1.0).all(), chance
    for payoff in ("ev_q_payoff_usd", "ev_p_payoff_usd"):
        known = held[payoff].drop_nulls()
        assert (known <= 1e-6).all(), payoff
        assert held.filter(pl.col(payoff).is_null(), pl.col("prob_reason").is_null()).is_empty()
    for side in ("put", "call"):
        # The parity fit measures a discount factor within 0.2%: beyond the wing it is all that is left of 1.
        assert held[f"intrinsic_{side}_spread_frac"].is_between(0.0, 1.002).all()
        assert held[f"long_{side}_cover_ratio"].is_between(0.0, 1.0).all()
        assert (held[f"{side}_side_credit_pts"] > 0).all()
    assert held.filter(pl.col("gamma_theta_ratio").is_null(), pl.col("curvature_reason").is_null()).is_empty()
    settled = book.condors.filter(pl.col("state") == "SETTLED")
    assert settled["margin_usd"].is_null().all()
    assert set(settled["margin_reason"]) <= {"settled"}


def check_scenarios_on_the_fit(book: Book) -> int:
    """The fitted variant is there where every SPX leg has a fit, null where one has none, and moves nothing else.

    Give how many parts with SPX legs have it.
    """
    fits, found = set(book.fits.iter_rows()), 0
    parts = {"hedge": {"L1", "L2", "L3"}, "total": set(book.legs["part"])}
    for (day, account), cells in book.scenarios.group_by("session_date", "account"):
        legs = book.legs.filter(session_date=day)
        own = legs if account == "ALL" else legs.filter(account=account)
        for cell in cells.to_dicts():
            in_part = own.filter(pl.col("part").is_in(parts.get(cell["part"], {cell["part"]})))
            spx = in_part.filter(pl.col("root").is_in(["SPX", "SPXW"]))
            pnl, fitted = cell["pnl_usd"], cell["fitted_surface_pnl_usd"]
            has_fits = set(spx.select("session_date", "root", "expiry_date", "settlement").iter_rows()) <= fits
            assert (fitted is not None) == (pnl is not None and has_fits), cell
            if spx.is_empty():
                assert fitted == pnl, cell
            elif fitted is not None:
                assert fitted != pnl, cell
                found += 1
    return found
