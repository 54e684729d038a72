"""Writers of one process queue in the order they came."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection, transaction

from amiral.kit import turns
from amiral.kit.turns import Turns, in_turn

PATIENCE_S = 30.0


def until(condition: Callable[[], bool]) -> None:
    """Waits for another thread to have come so far; fails rather than wait for ever."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def has_waiting(queue: Turns, count: int) -> bool:
    return len(queue._waiting) == count


def test_the_order_of_coming_is_the_order_of_writing() -> None:
    queue = Turns()
    order: list[int] = []

    def write(number: int) -> None:
        with queue.turn():
            order.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    with queue.turn():
        for number, thread in enumerate(threads):
            thread.start()
            until(partial(has_waiting, queue, number + 1))
    for thread in threads:
        thread.join(PATIENCE_S)
    assert order == list(range(6))


def test_one_at_a_time() -> None:
    queue, inside, most = Turns(), [0], [0]

    def write() -> None:
        for _ in range(200):
            with queue.turn():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert (inside, most) == ([0], [1])


def test_whoever_fails_hands_on() -> None:
    queue = Turns()
    with pytest.raises(ZeroDivisionError), queue.turn():
        1 / 0  # noqa: B018  # raised on purpose
    with queue.turn():
        pass


@pytest.mark.django_db
def test_inside_of_a_transaction_nobody_waits() -> None:
    """Who writes already would otherwise wait for whoever waits for him."""
    assert connection.in_atomic_block
    with turns._WRITERS.turn(), transaction.atomic(), in_turn():
        pass


@pytest.mark.django_db(transaction=True)
def test_writers_queue_where_the_database_has_one() -> None:
    with in_turn():
        assert turns._WRITERS._busy == (connection.vendor == "sqlite")
    assert not turns._WRITERS._busy
