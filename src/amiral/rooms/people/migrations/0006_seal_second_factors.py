"""Encrypts the secrets of second factors that lie in the database as they are."""

from typing import Any

from django.db import migrations

from amiral.rooms.people.secrets import opened, sealed

SECRET_OF = {"totp": "secret", "recovery_codes": "seed"}


def _change(apps: Any, way: Any) -> None:
    authenticator = apps.get_model("mfa", "Authenticator")
    for row in authenticator.objects.filter(type__in=SECRET_OF).iterator():
        name = SECRET_OF[row.type]
        if row.data.get(name):
            row.data[name] = way(row.data[name])
            row.save(update_fields=["data"])


def seal(apps: Any, _editor: Any) -> None:
    _change(apps, sealed)


def open_again(apps: Any, _editor: Any) -> None:
    _change(apps, opened)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_skills_availability"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(seal, open_again)]
