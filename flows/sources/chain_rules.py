"""What the configuration says about option chains that do not explain themselves."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from transforms.market.calendar import SETTLEMENT_OF_ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

Root = Literal["SPX", "SPXW", "VIX", "VIXW"]
MonthlyRoot = Literal["SPX", "SPXW"]
# The fields of a chain a mapping may name a column for.
ChainField = Literal[
    "symbol",
    "root",
    "settlement",
    "expiry",
    "right",
    "strike",
    "quote_date",
    "quote_time",
    "bid",
    "ask",
    "last",
    "volume",
    "open_interest",
    "iv",
    "delta",
    "gamma",
]
_CONTRACT: tuple[ChainField, ...] = ("expiry", "right", "strike")
_SAMPLE_DAY = dt.date(2024, 3, 15)


def _date_format(spelling: str) -> str:
    """Refuse a spelling that does not tell one day."""
    if dt.datetime.strptime(_SAMPLE_DAY.strftime(spelling), spelling).date() != _SAMPLE_DAY:  # noqa: DTZ007 - a date
        message = f"{spelling!r} does not write year, month and day"
        raise ValueError(message)
    return spelling


def _time_zone(name: str) -> str:
    """Refuse a zone that is not in the time-zone database."""
    try:
        return ZoneInfo(name).key
    except (OSError, ValueError, LookupError) as problem:
        message = f"{name!r} is no time zone such as America/New_York"
        raise ValueError(message) from problem


Scale = Annotated[float, Field(gt=0, allow_inf_nan=False)]
DateFormat = Annotated[str, AfterValidator(_date_format)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Constants(_Strict):
    """What is the same for every row and so has no column; `quote_time` is HH:MM."""

    root: Root | None = None
    settlement: Literal["AM", "PM"] | None = None
    quote_time: str | None = Field(default=None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")


class RightSpelling(_Strict):
    """How the file writes call and put."""

    call: str = "C"
    put: str = "P"


class Scales(_Strict):
    """What the file's numbers are multiplied by to give points and decimals: 0.001 for strikes in thousandths."""

    strike: Scale = 1.0
    price: Scale = 1.0
    iv: Scale = 1.0


class ChainMapping(_Strict):
    """How the columns of a CSV or Parquet chain are to be read: `[chain_mappings.NAME]`.

    `columns` names the file's column for each of our fields. A file is read by the mapping whose `signature` columns it
    all has (unsaid: the columns of the contract); then every mapped column must be there, and every other one must be
    listed in `ignore`. Dates are spelled `date_format` (as in strftime), times are those of `time_zone`.
    """

    columns: dict[ChainField, str]
    constants: Constants = Constants()
    signature: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    date_format: DateFormat = "%Y-%m-%d"
    time_zone: TimeZone = "America/New_York"
    right: RightSpelling = RightSpelling()
    scale: Scales = Scales()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Refuse a mapping that cannot tell contracts, quotes or the hour they are of."""
        has = self.columns.keys()
        missing = [name for name in ("bid", "ask", *(() if "symbol" in has else _CONTRACT)) if name not in has]
        if missing:
            message = f"columns.{missing[0]} is missing"
            raise ValueError(message)
        if "symbol" not in has and "root" not in has and self.constants.root is None:
            message = "neither columns.symbol, columns.root nor constants.root tells the root"
            raise ValueError(message)
        has_time = "quote_time" in has or self.constants.quote_time is not None
        if has_time != ("quote_date" in has):
            message = "quote_date and quote_time go together: a date alone does not say that the quotes end the day"
            raise ValueError(message)
        _refuse_doubles(self)
        return self

    @property
    def signature_columns(self) -> frozenset[str]:
        """The columns by which a file is known to be of this mapping."""
        contract = ("symbol",) if "symbol" in self.columns else _CONTRACT
        return frozenset(self.signature or (self.columns[name] for name in contract))


def _refuse_doubles(mapping: ChainMapping) -> None:
    columns, constants = list(mapping.columns.values()), mapping.constants
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        message = f"the column {twice[0]} is mapped twice"
        raise ValueError(message)
    for name in ("root", "settlement", "quote_time"):
        if name in mapping.columns and getattr(constants, name) is not None:
            message = f"{name} is both a column and a constant"
            raise ValueError(message)
    if "symbol" in mapping.columns and constants.root is not None:
        message = "constants.root contradicts columns.symbol, which tells the root"
        raise ValueError(message)
    if constants.root and constants.settlement and SETTLEMENT_OF_ROOT[constants.root] != constants.settlement:
        message = f"{constants.root} settles {SETTLEMENT_OF_ROOT[constants.root]}, not {constants.settlement}"
        raise ValueError(message)


@dataclass(frozen=True, slots=True)
class ChainRules:
    """The mappings by name, and the root OptionsDX's third Fridays are taken for (None: a file with one is refused)."""

    mappings: Mapping[str, ChainMapping] = field(default_factory=dict)
    optionsdx_monthly_root: MonthlyRoot | None = None

    @property
    def readings(self) -> frozenset[str]:
        """Every `read_by` a load read under these rules can have."""
        return frozenset({self.optionsdx_reading, *(self.mapping_reading(name) for name in self.mappings)})

    @property
    def optionsdx_reading(self) -> str:
        """What a load that depends on the root of the monthlies was read by."""
        return f"optionsdx_monthly_root = {self.optionsdx_monthly_root}"

    def mapping_reading(self, name: str) -> str:
        """What a load read by a mapping was read by; another once the mapping is changed."""
        text = self.mappings[name].model_dump_json(exclude={"signature", "ignore"})
        return f"chain_mappings.{name} @{hashlib.sha256(text.encode()).hexdigest()[:8]}"


NO_CHAIN_RULES = ChainRules()
