"""Files taken back: a load that was withdrawn stays on record, and counts for nothing from then on.

The same content coming again, from the landing folder or the vendor, does not bring it back; a corrected file does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from flows.errors import NothingToDo, UsageError
from flows.series import STAGE, recompute
from warehouse.journal import WITHDRAWN
from warehouse.tables import meta

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from flows.rules import Rules
    from warehouse.store import Store

_LOADS: Final = "select load_id, source_file from meta.loads order by load_id"


def withdraw_loads(store: Store, load_ids: Sequence[str], rules: Rules, *, now: dt.datetime) -> pl.DataFrame:
    """Take loads back and compute again what they touched; gives their rows of meta.loads.

    The nights built from them ask for another run.

    Raises:
        UsageError: there is no such load.
        NothingToDo: one was withdrawn before.
    """
    loads = store.read(meta.META_LOADS, "list_contains($load_ids, load_id)", {"load_ids": list(load_ids)})
    unknown = sorted(set(load_ids) - set(loads["load_id"]))
    if unknown:
        raise UsageError(f"There is no load {unknown[0]}.", hint=f'The loads: condorwatch sql "{_LOADS}".')
    gone = sorted(set(load_ids) & set(store.read(meta.META_WITHDRAWN_LOADS)["load_id"]))
    if gone:
        raise NothingToDo(f"The load {gone[0]} is withdrawn already.", hint="Leave it out.")
    with store.stage(STAGE):
        store.append(meta.META_WITHDRAWN_LOADS, loads.select("load_id", withdrawn_at=pl.lit(now)))
        recompute(store, loads, rules)
    store.journal.append(WITHDRAWN, *({"load_id": load_id, "withdrawn_at": now} for load_id in loads["load_id"]))
    return loads
