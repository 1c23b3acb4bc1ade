"""What each figure of page one means, and where it stands in the warehouse: how is this computed?

The meaning is the one the table declares, so report, data dictionary and SQL cannot tell different stories. The query
`page_one_of_session` reproduces every one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from transforms.report.models import Definition
from warehouse.tables.mart import (
    MART_ALERTS_DAILY,
    MART_ATTRIBUTION_PERIODS_DAILY,
    MART_BOOK_DAILY,
    MART_CONDORS_DAILY,
    MART_HEDGE_LAYERS_DAILY,
    MART_HEDGE_SIZING_DAILY,
    MART_ROLL_CANDIDATES_DAILY,
    MART_SCENARIOS_DAILY,
    MART_SECOND_ENGINE_DAILY,
    MART_SECOND_ENGINE_STATES_DAILY,
    MART_SIGNALS_DAILY,
    MART_UPCOMING_EVENTS_DAILY,
    MART_VIX_CHECKS_DAILY,
)

if TYPE_CHECKING:
    from warehouse.tables.types import Table

# Figure of page one, as its JSON names it: the name a reader knows, and the column it is read from.
_FIGURES: Final[dict[str, tuple[str, Table, str]]] = {
    "market.spot": ("SPX at the quotes", MART_SIGNALS_DAILY, "spot_pts"),
    "market.index_close": ("SPX close", MART_SIGNALS_DAILY, "index_close_pts"),
    "market.spx_return": ("SPX, close to close", MART_SIGNALS_DAILY, "spx_return_frac"),
    "market.vix": ("VIX", MART_SIGNALS_DAILY, "vix_pts"),
    "market.vix_change": ("VIX, close to close", MART_SIGNALS_DAILY, "vix_change_frac"),
    "market.contango": ("VX contango", MART_SIGNALS_DAILY, "contango_frac"),
    "market.edr": ("Expected daily range", MART_SIGNALS_DAILY, "edr_frac"),
    "market.edr_pts": ("Expected daily range in points", MART_SIGNALS_DAILY, "edr_pts"),
    "market.vix_recomputed": ("VIX recomputed from the chain", MART_VIX_CHECKS_DAILY, "vix_recomputed_pts"),
    "market.vix_difference": ("Recomputed less published VIX", MART_VIX_CHECKS_DAILY, "difference_pts"),
    "market.next_event_days": ("Days to the next event", MART_UPCOMING_EVENTS_DAILY, "days_to_days"),
    "market.next_event_move": ("Move options price for it", MART_UPCOMING_EVENTS_DAILY, "implied_move_pts"),
    "totals.net_delta": ("Net delta of the book", MART_BOOK_DAILY, "net_delta_usd_per_pt"),
    "totals.net_delta_1pct": ("Net delta per 1% of SPX", MART_BOOK_DAILY, "net_delta_usd_per_1pct"),
    "totals.condor_delta": ("Delta of the condors alone", MART_BOOK_DAILY, "condor_delta_usd_per_pt"),
    "totals.hedge_delta": ("Delta of the hedge", MART_BOOK_DAILY, "hedge_delta_usd_per_pt"),
    "totals.second_engine_delta": (
        "Delta of the second engine",
        MART_BOOK_DAILY,
        "second_engine_delta_usd_per_pt",
    ),
    "totals.other_delta": ("Delta of everything else", MART_BOOK_DAILY, "other_delta_usd_per_pt"),
    "totals.offset_local": ("Cover by tonight’s deltas", MART_BOOK_DAILY, "offset_local_frac"),
    "totals.offsets.m3": ("Hedge repays at SPX −3%", MART_BOOK_DAILY, "offset_m3_frac"),
    "totals.offsets.m5": ("Hedge repays at SPX −5%", MART_BOOK_DAILY, "offset_m5_frac"),
    "totals.offsets.m10": ("Hedge repays at SPX −10%", MART_BOOK_DAILY, "offset_m10_frac"),
    "totals.with_second_engine.m3": (
        "With the second engine at SPX −3%",
        MART_BOOK_DAILY,
        "offset_m3_with_second_engine_frac",
    ),
    "totals.with_second_engine.m5": (
        "With the second engine at SPX −5%",
        MART_BOOK_DAILY,
        "offset_m5_with_second_engine_frac",
    ),
    "totals.with_second_engine.m10": (
        "With the second engine at SPX −10%",
        MART_BOOK_DAILY,
        "offset_m10_with_second_engine_frac",
    ),
    **{
        f"totals.{name}.{shock}": (f"{said} at SPX −{shock[1:]}%", MART_SCENARIOS_DAILY, column)
        for shock in ("m3", "m5", "m10")
        for name, said, column in (
            ("offset_condor_pnl", "P&L of the condors", "pnl_usd"),
            ("offset_hedge_pnl", "P&L of the hedge", "pnl_usd"),
            ("offset_vix", "VIX", "vix_pts"),
        )
    },
    "totals.pnl": ("Profit and loss since entry", MART_BOOK_DAILY, "pnl_usd"),
    "totals.day_pnl": ("Profit and loss of the day", MART_BOOK_DAILY, "day_pnl_usd"),
    "totals.month_pnl": ("Profit and loss, month to date", MART_ATTRIBUTION_PERIODS_DAILY, "actual_usd"),
    "totals.condor_pnl": ("P&L of the condors", MART_BOOK_DAILY, "condor_pnl_usd"),
    "totals.hedge_pnl": ("P&L of the hedge", MART_BOOK_DAILY, "hedge_pnl_usd"),
    "totals.second_engine_pnl": ("P&L of the second engine", MART_BOOK_DAILY, "second_engine_pnl_usd"),
    "totals.other_pnl": ("P&L of everything else", MART_BOOK_DAILY, "other_pnl_usd"),
    "totals.max_loss": ("Condors’ maximum loss", MART_BOOK_DAILY, "max_loss_usd"),
    "totals.theta": ("Time decay of the book", MART_BOOK_DAILY, "theta_usd_per_day"),
    "totals.vega": ("SPX vega of the book", MART_BOOK_DAILY, "vega_usd_per_volpt"),
    "totals.net_liq": ("Net liquidation value", MART_BOOK_DAILY, "net_liq_usd"),
    "condors.quantity": ("Condors held", MART_CONDORS_DAILY, "quantity_qty"),
    "condors.dte": ("Days to expiry", MART_CONDORS_DAILY, "dte_days"),
    "condors.distance": ("SPX to the short strike", MART_CONDORS_DAILY, "short_put_distance_pts"),
    "condors.distance_frac": ("SPX to the short strike, of SPX", MART_CONDORS_DAILY, "short_put_distance_frac"),
    "condors.break_even_put": ("Put break-even", MART_CONDORS_DAILY, "break_even_put_pts"),
    "condors.break_even_call": ("Call break-even", MART_CONDORS_DAILY, "break_even_call_pts"),
    "condors.days_in_state": ("Sessions in this state", MART_CONDORS_DAILY, "days_in_state_sessions"),
    "condors.pnl": ("P&L of a condor", MART_CONDORS_DAILY, "pnl_usd"),
    "condors.pnl_to_max_loss": ("P&L as a share of the maximum loss", MART_CONDORS_DAILY, "pnl_to_max_loss_frac"),
    "condors.max_loss": ("Maximum loss of a condor", MART_CONDORS_DAILY, "max_loss_usd"),
    "condors.credit": ("Credit of a condor", MART_CONDORS_DAILY, "credit_pts"),
    "condors.short_put_delta": ("Delta of the short put", MART_CONDORS_DAILY, "short_put_delta"),
    "condors.short_call_delta": ("Delta of the short call", MART_CONDORS_DAILY, "short_call_delta"),
    "condors.delta": ("Delta of a condor", MART_CONDORS_DAILY, "delta_usd_per_pt"),
    "condors.gamma": ("Gamma of a condor", MART_CONDORS_DAILY, "gamma_usd_per_pt2"),
    "condors.vega": ("Vega of a condor", MART_CONDORS_DAILY, "vega_usd_per_volpt"),
    "condors.theta": ("Theta of a condor", MART_CONDORS_DAILY, "theta_usd_per_day"),
    "condors.extrinsic": ("Time value of a condor", MART_CONDORS_DAILY, "extrinsic_usd"),
    "roll.quantity": ("Condors rolled", MART_ROLL_CANDIDATES_DAILY, "quantity_qty"),
    "roll.break_even_put": ("Put break-even after a roll", MART_ROLL_CANDIDATES_DAILY, "break_even_put_pts"),
    "roll.break_even_call": ("Call break-even after a roll", MART_ROLL_CANDIDATES_DAILY, "break_even_call_pts"),
    "roll.max_loss": ("Worst result after a roll", MART_ROLL_CANDIDATES_DAILY, "max_loss_after_usd"),
    "roll.net": ("Net of a roll, fees paid", MART_ROLL_CANDIDATES_DAILY, "roll_net_usd"),
    "roll.pop": ("Probability of profit after a roll", MART_ROLL_CANDIDATES_DAILY, "pop_frac"),
    "roll.days_added": ("Days a roll adds", MART_ROLL_CANDIDATES_DAILY, "days_added_days"),
    "layers.units_held": ("Hedge units held", MART_HEDGE_LAYERS_DAILY, "units_held"),
    "layers.units_target": ("Hedge units wanted", MART_HEDGE_LAYERS_DAILY, "units_target"),
    "layers.gap": ("Coverage gap", MART_HEDGE_LAYERS_DAILY, "gap_units"),
    "layers.gap_cost": ("Cost of closing the gap", MART_HEDGE_LAYERS_DAILY, "gap_cost_usd"),
    "layers.contracts": ("Contracts of a layer", MART_HEDGE_LAYERS_DAILY, "contracts_qty"),
    "layers.legs": ("Legs of a layer", MART_HEDGE_LAYERS_DAILY, "legs_qty"),
    "layers.value": ("Value of a layer", MART_HEDGE_LAYERS_DAILY, "value_usd"),
    "layers.pnl": ("P&L of a layer", MART_HEDGE_LAYERS_DAILY, "pnl_usd"),
    "layers.delta": ("SPX-equivalent delta of a layer", MART_HEDGE_LAYERS_DAILY, "spx_delta_usd_per_pt"),
    "hedge_size.recommended": ("Hedge units the rules want", MART_HEDGE_SIZING_DAILY, "units_recommended"),
    "hedge_size.by_offset": ("Hedge units for the cover wanted", MART_HEDGE_SIZING_DAILY, "units_by_offset"),
    "hedge_size.target_offset": ("Cover wanted", MART_HEDGE_SIZING_DAILY, "target_offset_frac"),
    "second_engine.debit": ("Paid for the second engine", MART_SECOND_ENGINE_DAILY, "debit_usd"),
    "second_engine.value": ("Value of the second engine", MART_SECOND_ENGINE_DAILY, "value_usd"),
    "second_engine.pnl": ("P&L of the diagonals", MART_SECOND_ENGINE_DAILY, "pnl_usd"),
    "second_engine.delta": (
        "SPX-equivalent delta of the diagonals",
        MART_SECOND_ENGINE_DAILY,
        "spx_delta_usd_per_pt",
    ),
    "second_engine.worst_loss": ("Worst loss of the diagonals", MART_SECOND_ENGINE_DAILY, "worst_grid_loss_usd"),
    "second_engine.margin": ("Margin of the diagonals", MART_SECOND_ENGINE_DAILY, "margin_usd"),
    "second_engine.state_value": (
        "What the second engine’s state was judged by",
        MART_SECOND_ENGINE_STATES_DAILY,
        "state_value",
    ),
    "second_engine.state_threshold": ("And against what", MART_SECOND_ENGINE_STATES_DAILY, "state_threshold"),
    "alerts.value": ("What an alert measured", MART_ALERTS_DAILY, "value"),
    "alerts.threshold": ("And against what", MART_ALERTS_DAILY, "threshold"),
}


def definitions() -> tuple[Definition, ...]:
    """Every figure of page one in the order of the page; the text is that of the table's own declaration."""
    return tuple(_definition(figure, *place) for figure, place in _FIGURES.items())


def _definition(figure: str, name: str, table: Table, column: str) -> Definition:
    declared = next(one for one in table.columns if one.name == column)
    return Definition(
        figure=figure,
        name=name,
        meaning=declared.description,
        unit=declared.full_unit,
        table=table.full_name,
        column=column,
    )
