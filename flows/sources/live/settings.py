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
    """How a source is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeout_seconds: PositiveSeconds = Field(default=20.0, description="How long a source may keep silent.")
    deadline_seconds: PositiveSeconds = Field(default=120.0, description="How long one answer may take in all.")
    attempts_qty: Count = Field(default=4, description="How often a source is asked.")
    backoff_seconds: Seconds = Field(
        default=2.0, description="Pause before the second attempt; it doubles, with as much by chance on top."
    )
    longest_wait_seconds: Seconds = Field(
        default=120.0, description="A source that asks to be left alone for longer is given up for the night."
    )
    pace_seconds: Seconds = Field(default=1.0, description="Pause between two requests to one host.")
    max_bytes: Count = Field(default=64_000_000, description="Largest answer, unpacked.")
    redirects_qty: Annotated[int, Field(ge=0)] = Field(default=3, description="How many redirects are followed.")
    is_plain_http_allowed: bool = Field(default=False, description="Plain http is else asked of this machine alone.")
    user_agent: Annotated[str, Field(min_length=1)] = Field(
        default="condorwatch (end-of-day report; a few requests a day)", description="How the program calls itself."
    )


class CboeSettings(BaseModel):
    """Where the files of `--source cboe` come from; an empty address switches its source off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chain: Annotated[str, _with_blank("symbol")] = Field(
        default=f"{_CDN}/api/global/delayed_quotes/options/_{{symbol}}.json",
        description="Option chains of SPX and VIX; an empty address switches its source off, here and below.",
    )
    index_history: Annotated[str, _with_blank("symbol")] = Field(
        default=f"{_CDN}/api/global/us_indices/daily_prices/{{symbol}}_History.csv", description="Index levels."
    )
    indices: tuple[Index, ...] = Field(
        default=("SPX", "VIX", "VIX9D", "VIX3M", "VIX6M", "VVIX", "SKEW"), description="Which indices are asked for."
    )
    vx_contract: Annotated[str, _with_blank("date")] = Field(
        default=f"{_CDN}/data/us/futures/market_statistics/historical_data/VX/VX_{{date}}.csv",
        description="One VX future each, by its expiry.",
    )
    vx_contracts_qty: Annotated[int, Field(ge=1, le=9)] = Field(
        default=8, description="Monthly VX futures asked for, the nearest first."
    )
    vx_settlement: Annotated[str, _with_blank("date")] = Field(
        default="https://www.cboe.com/us/futures/market_statistics/settlement/csv/?dt={date}",
        description="VX settlements of one session.",
    )
    treasury: Annotated[str, _with_blank("year")] = Field(
        default=_TREASURY,
        description="Treasury par yields of one year.",
    )
    fred: Annotated[str, _with_blank("series")] = Field(
        default="https://fred.stlouisfed.org/graph/fredgraph.csv?id={series}", description="Yields from FRED."
    )
    fred_series: tuple[FredSeries, ...] = Field(
        default=("DGS1MO", "DGS3MO", "DGS6MO", "DGS1", "DGS2", "DGS5"), description="Which series FRED is asked for."
    )
    rates: tuple[RateSource, ...] = Field(
        default=("treasury", "fred"), description="Sources of yields in this order, until one answers."
    )
    breadth: dict[Breadth, SecretStr] = Field(
        default_factory=dict,
        description="An address for each series of NYSE breadth; none: breadth comes from the landing folder. A "
        "vendor's address often holds a key: put it into the environment, CONDORWATCH_CBOE__BREADTH__ADVANCES.",
    )
    http: HttpSettings = Field(default=HttpSettings(), description="How a source is asked.")

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
