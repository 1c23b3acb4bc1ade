import pytest

from transforms.simulated.market import SimulatedMarket, simulate


@pytest.fixture(scope="session")
def market() -> SimulatedMarket:
    """The default seed."""
    return simulate(7)
