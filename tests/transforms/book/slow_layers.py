"""Layer signals once more, read off METHODOLOGY 6.3 line by line: no counters, the whole past every night."""

from dataclasses import dataclass, field

PUT = ["OK", "WATCH", "TESTED", "ITM", "BREACHED", "WING"]


@dataclass(frozen=True)
class Row:
    """One close: the scores, the market and the put side."""

    arm: int
    accel: int
    vix: float
    contango: float
    mean5: float
    put: str = "OK"

    @property
    def put_rank(self) -> int:
        return PUT.index(self.put)


@dataclass
class SlowLayers:
    """Every close so far and the three states it ended in."""

    rows: list[Row] = field(default_factory=list)
    l1: list[str] = field(default_factory=list)
    l2: list[str] = field(default_factory=list)
    l3: list[str] = field(default_factory=list)

    def close(self, row: Row) -> tuple[str, str, str]:
        first = not self.rows
        self.rows.append(row)
        self.l1.append(self._l1("DORMANT" if first else self.l1[-1], row, first))
        self.l2.append(self._l2("DORMANT" if first else self.l2[-1], row, first))
        self.l3.append(self._l3("DORMANT" if first else self.l3[-1], row, first))
        return self.l1[-1], self.l2[-1], self.l3[-1]

    def _l1(self, state: str, row: Row, first: bool) -> str:
        arms = row.arm >= 3 or row.accel >= 2 or row.put_rank >= PUT.index("WATCH")
        breached = row.put in {"BREACHED", "WING"}
        acts = (
            breached
            or (row.put == "ITM" and row.arm >= 3)
            or (row.put_rank >= PUT.index("TESTED") and row.accel >= 3)
            or row.accel >= 4
        )
        if first:
            return "ACTIVE" if arms and acts else "ARMED" if arms else "DORMANT"
        if state == "DORMANT":
            return "ACTIVE" if breached else "ARMED" if arms else "DORMANT"
        if state == "ARMED":
            if acts:
                return "ACTIVE"
            quiet = all(r.arm <= 2 and r.accel <= 1 and r.put_rank < PUT.index("WATCH") for r in self.rows[-3:])
            return "DORMANT" if quiet and len(self.rows) >= 3 and not arms else "ARMED"
        quiet = all(r.put_rank < PUT.index("TESTED") and r.accel <= 1 for r in self.rows[-2:])
        return "ARMED" if quiet and len(self.rows) >= 2 and not acts else "ACTIVE"

    def _l2(self, state: str, row: Row, first: bool) -> str:
        arms = self.l1[-1] == "ACTIVE" or row.accel >= 2
        acts = self.l1[-1] == "ACTIVE" and row.accel >= 4
        if first:
            return "ACTIVE" if arms and acts else "ARMED" if arms else "DORMANT"
        if state == "DORMANT":
            return "ARMED" if arms else "DORMANT"
        if state == "ARMED":
            if acts:
                return "ACTIVE"
            past = list(zip(self.l1, self.rows, strict=True))[-3:]
            quiet = len(past) == 3 and all(l1 != "ACTIVE" and r.accel <= 1 for l1, r in past)
            return "DORMANT" if quiet and not arms else "ARMED"
        quiet = len(self.rows) >= 3 and all(r.accel <= 2 for r in self.rows[-3:])
        return "ARMED" if quiet and not acts else "ACTIVE"

    def _l3(self, state: str, row: Row, first: bool) -> str:
        arms = self.l2[-1] == "ACTIVE"
        before = self.l2[-2] if len(self.l2) > 1 else None
        acts = (
            (before == "ACTIVE" and row.accel >= 5)
            or (row.vix >= 30 and row.contango <= -0.05 and row.accel >= 4)
            or (row.put == "WING" and row.accel >= 5)
        )
        if first:
            return "ACTIVE" if arms and acts else "ARMED" if arms else "DORMANT"
        if state == "DORMANT":
            return "ARMED" if arms else "DORMANT"
        if state == "ARMED":
            if acts:
                return "ACTIVE"
            past = self.l2[-3:]
            quiet = len(past) == 3 and all(l2 != "ACTIVE" for l2 in past)
            return "DORMANT" if quiet and not arms else "ARMED"
        quiet = len(self.rows) >= 2 and all(r.accel <= 2 and r.vix < r.mean5 for r in self.rows[-2:])
        return "ARMED" if quiet and not acts else "ACTIVE"
