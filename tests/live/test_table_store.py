"""Tables in the server's memory: who is dropped, and when."""

import threading

import numpy as np

from bnviz import tables
from bnviz.live import table_store
from bnviz.live.limits import Limits
from bnviz.live.table_store import Tables


def table(number, rows=8):
    return tables.make(np.full((rows, 2), number), ["a", "b"] * (rows // 2), ["x", "y"], "label")


def held(store, made):
    """The numbers of the tables that are there, without using them."""
    return {number for number, one in made.items() if one.digest in store._tables}


def test_a_table_is_found_by_its_digest_and_another_one_is_not():
    store, one = Tables(Limits()), table(1)
    assert store.put(one) == one.digest
    assert store.get(one.digest) is one
    assert store.get(table(2).digest) is None
    assert store.get("") is None


def test_the_one_unused_the_longest_makes_room():
    store, made = Tables(Limits(tables=3)), {number: table(number) for number in range(5)}
    for number in (0, 1, 2):
        store.put(made[number])
    store.get(made[0].digest)
    store.put(made[3])
    assert held(store, made) == {0, 2, 3}
    store.put(made[2])  # to put it again is to use it
    store.put(made[4])
    assert held(store, made) == {2, 3, 4}


def test_a_table_that_was_lost_and_given_once_more_has_another_mark():
    store, one = Tables(Limits(tables=1)), table(1)
    assert store.mark(one.digest) == ""
    store.put(one)
    mark = store.mark(one.digest)
    store.put(one)
    store.get(one.digest)
    assert store.mark(one.digest) == mark != ""
    store.put(table(2))
    assert store.mark(one.digest) == ""
    store.put(one)
    assert store.mark(one.digest) not in ("", mark)


def test_their_memory_is_bounded(monkeypatch):
    store, made = Tables(Limits()), {number: table(number, rows=8 * 2**number) for number in range(3)}
    monkeypatch.setattr(store, "_most_bytes", made[0].nbytes + made[2].nbytes)
    store.put(made[0])
    store.put(made[2])
    assert held(store, made) == {0, 2}
    store.put(made[1])  # larger than the first: both others go
    assert held(store, made) == {1}


def test_the_largest_table_finds_room():
    numbers = tables.MAX_NUMBERS * 4 + tables.MAX_ROWS * 8
    assert numbers < Limits().tables_mb * 2**20


def test_threads_can_use_it_at_once():
    store, made = Tables(Limits(tables=4)), [table(number) for number in range(8)]
    failures = []

    def use(shift):
        try:
            for k in range(2000):
                one = made[(k * shift) % 8]
                store.put(one)
                found = store.get(one.digest)
                assert found in (None, one)
                assert len(store._tables) <= 4 + 1
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=use, args=(shift,)) for shift in (1, 3, 5, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(store._tables) == 4


def test_pages_and_hub_share_one_store():
    assert table_store.tables() is table_store.tables()
    assert isinstance(table_store.tables(), Tables)
