"""Several people clicking at the same moment, for the tests of what the database must guarantee."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable

from django.db import connection, connections


def race(acts: Iterable[Callable[[], object]]) -> Counter[str]:
    """Runs the acts in threads that start together; counts how each ended, by the name of its error."""
    listed = list(acts)
    together = threading.Barrier(len(listed))
    ended: Counter[str] = Counter()

    def one(act: Callable[[], object]) -> None:
        connection.ensure_connection()
        together.wait()
        try:
            act()
            ended["done"] += 1
        except Exception as error:
            ended[type(error).__name__] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[act]) for act in listed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended
