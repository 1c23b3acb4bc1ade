"""From the items to the scores: how many are hit, how many could be looked at, and whether arming counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from warehouse.tables.mart import MART_SIGNAL_ITEMS_DAILY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transforms.signals.score_items import Item

REASON_ENDING: Final = "_reason"


def add_scores(sessions: pl.DataFrame, items: Sequence[Item]) -> pl.DataFrame:
    """Add each item, each score, and how many of its items could be looked at.

    One row per session, unchanged. Items are `<score>_<item>`: true, false, or null where a figure is missing, which
    counts 0. `<score>_score` is null only where none could be looked at. `arm_effective_score` is the arming score
    where at least one of its hits has measured information behind it, else 0. METHODOLOGY 5.7.
    """
    looked_at = sessions.with_columns(**{item.column: item.is_hit for item in items})
    scores = list(dict.fromkeys(item.score for item in items))
    counted: dict[str, pl.Expr] = {}
    for score in scores:
        columns = [item.column for item in items if item.score == score]
        available = pl.sum_horizontal(pl.col(columns).is_not_null().cast(pl.Int64))
        hits = pl.sum_horizontal(pl.col(columns).fill_null(value=False).cast(pl.Int64))
        counted |= {f"{score}_n_available": available, f"{score}_score": pl.when(available > 0).then(hits)}
    armed = [item.is_informative_hit.fill_null(value=False) for item in items if item.score == "arm"]
    is_counted = pl.any_horizontal(armed)
    return looked_at.with_columns(**counted).with_columns(
        arm_effective_score=pl.when(pl.col("arm_score").is_not_null()).then(
            pl.when(is_counted).then("arm_score").otherwise(0)
        )
    )


def signal_items(scored: pl.DataFrame, items: Sequence[Item]) -> pl.DataFrame:
    """List every item of these sessions with the value and threshold that decided it.

    From rows of `add_scores`; rows of mart.signal_items_daily, sorted by session in the order of the items. Of an item
    with several conditions the deciding one is the first that is hit where one is enough, the first that is not where
    all are needed, else the first that could be looked at; `figure` names what it looks at.
    """
    rows = pl.concat(_rows(scored, item, place) for place, item in enumerate(items))
    in_order = rows.sort("session_date", "place").select(MART_SIGNAL_ITEMS_DAILY.column_names)
    return MART_SIGNAL_ITEMS_DAILY.conform(in_order.collect())


def _rows(scored: pl.DataFrame, item: Item, place: int) -> pl.LazyFrame:
    conditions, number = item.conditions, _deciding(item)
    is_hit, any_informative = pl.col(item.column), any(condition.is_informative for condition in conditions)
    absences = [_absence(scored, condition.absence) for condition in conditions]
    return scored.lazy().select(
        "session_date",
        score=pl.lit(item.score),
        item=pl.lit(item.name),
        figure=_of(number, [pl.lit(condition.column) for condition in conditions]),
        comparison=_of(number, [pl.lit(condition.is_) for condition in conditions]),
        value=_of(number, [condition.value for condition in conditions]),
        threshold=_of(number, [pl.lit(condition.threshold) for condition in conditions]),
        unit=_of(number, [pl.lit(condition.unit) for condition in conditions]),
        is_hit=is_hit.fill_null(value=False),
        is_available=is_hit.is_not_null(),
        has_measured_information=pl.when(is_hit).then(item.is_informative_hit).otherwise(pl.lit(any_informative)),
        reason=pl.when(is_hit.is_null()).then(_of(_first_missing(item), absences)),
        place=pl.lit(place),
    )


def _deciding(item: Item) -> pl.Expr:
    """The number of the condition that decided an item."""
    decides = [condition.is_hit if item.needs == "any" else ~condition.is_hit for condition in item.conditions]
    is_known = [condition.is_hit.is_not_null() for condition in item.conditions]
    return _first(decides + is_known) % len(item.conditions)


def _first_missing(item: Item) -> pl.Expr:
    return _first([condition.is_hit.is_null() for condition in item.conditions])


def _first(conditions: Sequence[pl.Expr]) -> pl.Expr:
    """The number of the first that is true, 0 where none is."""
    return pl.coalesce(*(pl.when(condition).then(number) for number, condition in enumerate(conditions)), pl.lit(0))


def _of(number: pl.Expr, values: Sequence[pl.Expr]) -> pl.Expr:
    return pl.coalesce(*(pl.when(number == place).then(value) for place, value in enumerate(values)))


def _absence(scored: pl.DataFrame, absence: str) -> pl.Expr:
    if absence.endswith(REASON_ENDING) and absence in scored.columns:
        return pl.coalesce(absence, pl.lit("not computed"))
    return pl.lit(absence)
