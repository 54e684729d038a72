"""Assignments become leases: each gets an end (that of its shift and three hours) and a list number."""

import secrets
from datetime import timedelta
from typing import Any

from django.db import migrations, models

import amiral.rooms.field.models


def fill_in(apps: Any, schema_editor: Any) -> None:
    given = set[str]()
    for row in apps.get_model("field", "Assignment").objects.select_related("shift").iterator():
        number = f"{secrets.randbelow(10**8):08d}"
        while number in given:
            number = f"{secrets.randbelow(10**8):08d}"
        given.add(number)
        row.list_number, row.until = number, row.shift.ends_at + timedelta(hours=3)
        row.save(update_fields=["list_number", "until"])


class Migration(migrations.Migration):
    dependencies = [
        ("field", "0006_dwellings"),
    ]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="assignment",
            name="list_number",
            field=models.CharField(max_length=8, default=""),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            model_name="assignment",
            name="until",
            field=models.DateTimeField(db_index=True, help_text="When the lease ends by itself."),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="list_number",
            field=models.CharField(
                default=amiral.rooms.field.models.new_list_number, help_text="Eight digits.", max_length=8
            ),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="ended_at",
            field=models.DateTimeField(
                help_text="When the turf was taken back, or its lease ended.", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("list_number",),
                name="field_list_number_once",
            ),
        ),
    ]
