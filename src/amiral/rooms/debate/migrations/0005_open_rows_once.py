from typing import Any

from django.db import migrations, models


def forget(apps: Any, schema_editor: Any) -> None:
    """The next download computes them with what is new."""
    apps.get_model("debate", "OpenRows").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("debate", "0004_open_rows")]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
        migrations.AddField(
            model_name="openrows",
            name="once_document",
            field=models.TextField(
                blank=True, default="", help_text="With each set of linked voices as one, if any."
            ),
            preserve_default=False,
        ),
    ]
