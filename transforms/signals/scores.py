"""From the items to the scores: how many are hit, how many could be looked at, and whether arming counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from warehouse.tables.mart import MART_SIGNAL_ITEMS_DAILY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    with several tests the deciding one is the first that is hit where one is enough, the first that is not where all
    are needed, else the first that could be looked at; `test` names its figure.
    """
    rows = pl.concat(_rows(scored, item, place) for place, item in enumerate(items))
    in_order = rows.sort("session_date", "place").select(MART_SIGNAL_ITEMS_DAILY.column_names)
    return MART_SIGNAL_ITEMS_DAILY.conform(in_order.collect())


def _rows(scored: pl.DataFrame, item: Item, place: int) -> pl.LazyFrame:
    decides = [test.is_hit if item.needs == "any" else ~test.is_hit for test in item.tests]
    is_known = [test.is_hit.is_not_null() for test in item.tests]
    number = pl.coalesce(
        *(pl.when(decided).then(at) for at, decided in enumerate(decides)),
        *(pl.when(known).then(at) for at, known in enumerate(is_known)),
        pl.lit(0),
    )
    missing = pl.coalesce(*(pl.when(~known).then(at) for at, known in enumerate(is_known)), pl.lit(0))
    tests = item.tests

    def of(chosen: pl.Expr, values: Iterable[pl.Expr]) -> pl.Expr:
        return pl.coalesce(*(pl.when(chosen == at).then(value) for at, value in enumerate(values)))

    hit_with_information = item.is_informative_hit
    return scored.lazy().select(
        "session_date",
        score=pl.lit(item.score),
        item=pl.lit(item.name),
        test=of(number, (pl.lit(test.column) for test in tests)),
        comparison=of(number, (pl.lit(test.is_) for test in tests)),
        value=of(number, (test.value for test in tests)),
        threshold=of(number, (pl.lit(test.threshold) for test in tests)),
        unit=of(number, (pl.lit(test.unit) for test in tests)),
        is_hit=pl.col(item.column).fill_null(value=False),
        is_available=pl.col(item.column).is_not_null(),
        has_measured_information=pl.when(pl.col(item.column))
        .then(hit_with_information)
        .otherwise(pl.lit(any(test.is_informative for test in tests))),
        reason=pl.when(pl.col(item.column).is_null()).then(of(missing, (_absence(scored, t.absence) for t in tests))),
        place=pl.lit(place),
    )


def _absence(scored: pl.DataFrame, absence: str) -> pl.Expr:
    if absence.endswith(REASON_ENDING) and absence in scored.columns:
        return pl.coalesce(absence, pl.lit("not computed"))
    return pl.lit(absence)
