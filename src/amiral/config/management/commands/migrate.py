"""``amiral migrate``: Django's own, then the triggers of the change log.

A migration that remakes a table on SQLite drops its triggers without a word; nothing may be written between.
"""

from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor

from amiral.rooms.outreach import api as outreach


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        only_looks = options["plan"] or options["check_unapplied"]
        ours = options["database"] == DEFAULT_DB_ALIAS and not only_looks
        if ours and _is_behind():
            outreach.stop_watching()
        super().handle(*args, **options)
        if ours:
            outreach.watch()


def _is_behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
