"""After many sessions the workspace and its Spark hold what they held before."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from localbricks_testing.waiting import wait_until
from tests.conformance import server_use
from tests.conformance.server_use import MIB, Use
from tests.conformance.sql_clients import WAREHOUSE, asked, connection

WARM, SESSIONS, AT_ONCE = 24, 100, 6
# A result of this many rows lies on disk.
LARGE = "select id, md5(cast(id as string)) as text from range(400000)"


def one_session(stack: dict[str, str], number: int) -> None:
    """A client that leaves a temporary view, a statement without its rows fetched, now and then a large one."""
    with connection(stack, WAREHOUSE) as made:
        left = made.cursor()
        left.execute("create temporary view mine as select 1 as a")
        assert asked(made.cursor(), "select a + :a from mine", {"a": number}) == [(1 + number,)]
        left.execute(LARGE if number % 10 == 0 else "select * from range(100)")


def many_sessions(stack: dict[str, str], sessions: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as clients:
        list(clients.map(lambda number: one_session(stack, number), range(sessions)))


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_a_hundred_sessions_leave_nothing_behind(stack: dict[str, str]) -> None:
    many_sessions(stack, WARM)
    processes = {"workspace": server_use.workspace(stack), "spark": server_use.spark(stack)}
    before = {name: server_use.use(process) for name, process in processes.items()}
    many_sessions(stack, SESSIONS)

    def settled() -> bool:
        return all(_as_before(before[name], server_use.use(process)) for name, process in processes.items())

    wait_until(settled, f"the servers to be as before the sessions: {before}")
    # Python and Java give freed memory back late; a session that stayed would cost a megabyte and more on each side.
    grown = {
        name: server_use.use(process).memory - before[name].memory for name, process in processes.items()
    }
    assert grown["workspace"] < 60 * MIB
    assert grown["spark"] < 300 * MIB


def _as_before(before: Use, now: Use) -> bool:
    return now.results <= before.results and now.threads <= before.threads + AT_ONCE
