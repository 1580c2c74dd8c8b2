"""The merge is the sorted order of what is there, keeps offsets in order, and waits for nobody for ever."""

from hypothesis import given
from hypothesis import strategies as st

from eventscorer.events.event import Event, Record
from eventscorer.events.merge import Merge

TIMES = st.lists(st.integers(0, 50), max_size=30)


def event(partition: int, offset: int, time: float) -> Event:
    return Event(Record(partition, offset, 0, b"k", b"{}"), f"{partition}-{offset}", "k", time, {})


def fed(partitions: list[list[float]], patience: float = 10) -> Merge:
    merge = Merge(patience, capacity=1000)
    for number, times in enumerate(partitions):
        merge.begin(number, now=0)
        for offset, time in enumerate(times):
            merge.add(number, event(number, offset, time), time)
    return merge


def order(taken: list[Event]) -> list[tuple[int, int]]:
    return [(one.record.partition, one.record.offset) for one in taken]


@given(st.lists(TIMES.map(sorted), min_size=1, max_size=4), st.integers(1, 20))
def test_of_partitions_in_order_it_makes_one_list_in_order(partitions: list[list[float]], rows: int) -> None:
    merge = fed(partitions)
    for number in range(len(partitions)):
        merge.at_end(number)
    taken: list[Event] = []
    while batch := merge.take(rows, now=0):
        taken += [one for one in batch if isinstance(one, Event)]
    assert [one.time for one in taken] == sorted(time for times in partitions for time in times)
    assert merge.waiting() == 0


@given(st.lists(TIMES, min_size=1, max_size=4))
def test_offsets_of_a_partition_stay_in_order_whatever_its_times(partitions: list[list[float]]) -> None:
    merge = fed(partitions)
    taken = order([one for one in merge.take(1000, now=100) if isinstance(one, Event)])
    for number in range(len(partitions)):
        own = [offset for partition, offset in taken if partition == number]
        assert own == sorted(own)


@given(st.lists(TIMES.map(sorted), min_size=2, max_size=4), st.data())
def test_what_comes_later_is_never_earlier_than_what_was_given(
    partitions: list[list[float]], data: st.DataObject
) -> None:
    """As long as each partition is in order and none was given up."""
    merge = Merge(patience=10, capacity=1000)
    heads = [0] * len(partitions)
    for number in range(len(partitions)):
        merge.begin(number, now=0)
    taken: list[float] = []
    while any(head < len(times) for head, times in zip(heads, partitions, strict=True)):
        number = data.draw(st.sampled_from([n for n, t in enumerate(partitions) if heads[n] < len(t)]))
        merge.add(
            number,
            event(number, heads[number], partitions[number][heads[number]]),
            partitions[number][heads[number]],
        )
        heads[number] += 1
        taken += [one.time for one in merge.take(5, now=0) if isinstance(one, Event)]
    assert taken == sorted(taken)


def test_a_partition_that_delivers_nothing_is_waited_for_and_then_given_up() -> None:
    merge = fed([[1, 2, 3], []], patience=10)
    assert merge.take(10, now=9) == []
    assert order(list(merge.take(10, now=11))) == [(0, 0), (0, 1), (0, 2)]  # type: ignore[arg-type]


def test_a_partition_at_its_end_is_not_waited_for() -> None:
    merge = fed([[1, 2, 3], []], patience=10)
    merge.at_end(1)
    merge.at_end(0)
    assert len(merge.take(10, now=0)) == 3


def test_of_a_partition_that_went_away_nothing_is_given() -> None:
    merge = fed([[1, 2], [1, 2]])
    merge.at_end(0)
    merge.at_end(1)
    first = merge.take(1, now=0)
    merge.drop(1)
    rest = [*first, *merge.take(10, now=0)]
    assert order(rest) == [(0, 0), (0, 1)]  # type: ignore[arg-type]


def test_a_full_partition_is_named() -> None:
    merge = Merge(10, capacity=2)
    for number in (0, 1):
        merge.begin(number, now=0)
    merge.add(0, event(0, 0, 1), 1)
    merge.add(0, event(0, 1, 1), 1)
    assert merge.full() == [0]


def test_a_partition_that_reads_its_past_again_is_waited_for() -> None:
    """It delivers all the time, only nothing new: what others have must not overtake what it will have."""
    merge = fed([[5.0, 6.0], []], patience=1)

    merge.passed(1, latest=2.0, now=0.9)
    assert merge.take(10, now=1.5) == []
    merge.passed(1, latest=5.5, now=1.8)
    assert order(merge.take(10, now=2.5)) == [(0, 0)]  # type: ignore[arg-type]
    merge.add(1, event(1, 7, 5.75), 5.75)
    merge.at_end(0)
    assert order(merge.take(10, now=2.6)) == [(1, 7)]  # type: ignore[arg-type]
