"""A visit is read from the log: who recorded it, and what it corrects, stand there."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('field', '0010_visits_into_log'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='door',
            index=models.Index(fields=['address_id'], name='field_door_address'),
        ),
        migrations.AlterModelOptions(
            name='visit',
            options={'ordering': ['lam', 'device_id', 'seq', 'id']},
        ),
        migrations.RemoveConstraint(
            model_name='visit',
            name='field_visit_not_of_itself',
        ),
        migrations.RemoveField(
            model_name='visit',
            name='by',
        ),
        migrations.RemoveField(
            model_name='visit',
            name='supersedes_id',
        ),
        migrations.AlterField(
            model_name='visit',
            name='id',
            field=models.UUIDField(editable=False, help_text='The id of the event in the log.', primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name='visit',
            name='received_at',
            field=models.DateTimeField(db_index=True),
        ),
    ]
