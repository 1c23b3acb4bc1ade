"""One warehouse for all the mail tests of a module: each run has an account of its own."""

from collections.abc import Iterator

import pytest

from tests.new_home import open_home
from warehouse.outbox import Outbox
from warehouse.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_home(tmp_path_factory.mktemp("mail"), "the test") as opened:
        opened.execute("set threads = 1")  # thousands of tiny statements: threads would only wait for each other
        yield opened


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store)


@pytest.fixture
def account(request: pytest.FixtureRequest) -> str:
    """A name no other test has."""
    return request.node.nodeid
