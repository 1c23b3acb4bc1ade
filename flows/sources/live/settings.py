"""The address book of the live sources and the limits of asking: the `[cboe]` table of the configuration."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from flows.sources.live.addresses import masked, may_ask

_CDN: Final = "https://cdn.cboe.com"
_TREASURY: Final = (
    "https://home.treasury.gov/resource-center/data-chart-center/interest-rates/daily-treasury-rates.csv/{year}/all"
    "?type=daily_treasury_yield_curve&field_tdr_date_value={year}&page&_format=csv"
)

Breadth = Literal["advances", "declines", "unchanged", "new_highs", "new_lows", "up_volume", "down_volume"]
Index = Literal["SPX", "VIX", "VIX9D", "VIX3M", "VIX6M", "VVIX", "SKEW"]
RateSource = Literal["treasury", "fred"]
FredSeries = Annotated[str, Field(pattern=r"^DGS[0-9]+(MO)?$")]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


def _with_blank(name: str) -> AfterValidator:
    """An address that has this blank to fill in and no other; an empty one switches the source off."""

    def check(address: str) -> str:
        blanks = {blank for _, blank, _, _ in Formatter().parse(address) if blank is not None}
        if address and blanks != {name}:
            raise ValueError(f"an address here holds {{{name}}} and no other blank")
        return address

    return AfterValidator(check)


class HttpSettings(BaseModel):
    """How a source is asked.

    `timeout_seconds` is how long it may keep silent, `deadline_seconds` how long one answer may take in all.
    `attempts_qty` is how often it is asked, the pauses doubling from `backoff_seconds` with as much chance on top. A
    source that asks to be left alone for longer than `longest_wait_seconds` is given up for the night.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeout_seconds: PositiveSeconds = 20.0
    deadline_seconds: PositiveSeconds = 120.0
    attempts_qty: Count = 4
    backoff_seconds: Seconds = 2.0
    longest_wait_seconds: Seconds = 120.0
    pace_seconds: Seconds = 1.0
    max_bytes: Count = 64_000_000
    redirects_qty: Annotated[int, Field(ge=0)] = 3
    is_plain_http_allowed: bool = False
    user_agent: Annotated[str, Field(min_length=1)] = "condorwatch (end-of-day report; a few requests a day)"


class CboeSettings(BaseModel):
    """Where the files of `--source cboe` come from; an empty address switches its source off.

    `vx_contracts_qty` monthly VX futures are asked for, the nearest first. `rates` are tried in this order until one
    answers. `breadth` has an address for each series of NYSE breadth; without any, breadth comes from the landing
    folder. These addresses are secret: a vendor's often holds a key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    chain: Annotated[str, _with_blank("symbol")] = f"{_CDN}/api/global/delayed_quotes/options/_{{symbol}}.json"
    index_history: Annotated[str, _with_blank("symbol")] = (
        f"{_CDN}/api/global/us_indices/daily_prices/{{symbol}}_History.csv"
    )
    indices: tuple[Index, ...] = ("SPX", "VIX", "VIX9D", "VIX3M", "VIX6M", "VVIX", "SKEW")
    vx_contract: Annotated[str, _with_blank("date")] = (
        f"{_CDN}/data/us/futures/market_statistics/historical_data/VX/VX_{{date}}.csv"
    )
    vx_contracts_qty: Annotated[int, Field(ge=1, le=9)] = 8
    vx_settlement: Annotated[str, _with_blank("date")] = (
        "https://www.cboe.com/us/futures/market_statistics/settlement/csv/?dt={date}"
    )
    treasury: Annotated[str, _with_blank("year")] = _TREASURY
    fred: Annotated[str, _with_blank("series")] = "https://fred.stlouisfed.org/graph/fredgraph.csv?id={series}"
    fred_series: tuple[FredSeries, ...] = ("DGS1MO", "DGS3MO", "DGS6MO", "DGS1", "DGS2", "DGS5")
    rates: tuple[RateSource, ...] = ("treasury", "fred")
    breadth: dict[Breadth, SecretStr] = Field(default_factory=dict)
    http: HttpSettings = HttpSettings()

    @model_validator(mode="after")
    def _addresses_may_be_asked(self) -> Self:
        """A plain http address would let anybody on the way write the night's figures."""
        named = ("chain", "index_history", "vx_contract", "vx_settlement", "treasury", "fred")
        addresses = {name: getattr(self, name) for name in named}
        addresses |= {f"breadth.{series}": secret.get_secret_value() for series, secret in self.breadth.items()}
        for name, address in addresses.items():
            if address and not may_ask(address, is_plain_allowed=self.http.is_plain_http_allowed):
                raise ValueError(
                    f"{name} is {masked(address)!r}: only https, or http of this machine, is asked "
                    "(http.is_plain_http_allowed lifts that)"
                )
        return self
