"""Wishes that were heard before addresses had a key: it follows from a door of their address."""

from typing import Any

from django.db import migrations

from amiral.cores.names import address_key


def tell(apps: Any, schema_editor: Any) -> None:
    wishes, doors = apps.get_model("field", "AddressWish"), apps.get_model("field", "Door")
    for wish in wishes.objects.filter(address_key="").iterator():
        there = doors.objects.filter(
            address_id=wish.address_id, turf__canvass__address_file_name=wish.address_file_name
        )
        door = there.filter(leg__isnull=True).first()
        if door is not None:
            wish.address_key = address_key(door.commune_code, door.number, door.street)
            wish.save(update_fields=["address_key"])


class Migration(migrations.Migration):
    dependencies = [("field", "0014_paper")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
