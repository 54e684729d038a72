"""Where many independent pieces of work are done: here, in processes, on a cluster that runs already.

    with engine_from("processes") as engine:          # or "here", "processes:4", "dask", "tcp://host:8786"
        for outcome in engine.outcomes(function, tasks):   # as they are finished, in any order
            ...

``function`` is a module's own, tasks are (key, value) that can be pickled, taken from the iterable only when
there is somebody to do them. An outcome holds the value or the sentence of what went wrong: one bad task,
even one that kills its process, stops no other. Closing the iterator gives the rest up. No Django.
"""

from .contracts import BadEngine, Engine, EngineLost, Outcome
from .setting import DEFAULT, HELP, engine_from

__all__ = ["DEFAULT", "HELP", "BadEngine", "Engine", "EngineLost", "Outcome", "engine_from"]
