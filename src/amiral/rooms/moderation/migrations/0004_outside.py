from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0003_statements_seals_log'),
    ]

    operations = [
        migrations.AlterField(
            model_name='report',
            name='subject_kind',
            field=models.CharField(choices=[('post', 'post'), ('comment', 'comment'), ('message', 'message'), ('talking-point', 'talking-point'), ('action', 'action'), ('contribution', 'contribution'), ('argument', 'argument'), ('outside', 'outside')], max_length=20),
        ),
    ]
