"""The search's index in the engine; what is there already gets its HTML and enters the search."""

from django.db import migrations

from amiral.rooms.network.queries import words_index
from amiral.rooms.network.queries.rendering import excerpt_of, html_of


def lay(apps, schema_editor):
    words_index.create(schema_editor.connection)
    connection = schema_editor.connection
    entry = apps.get_model("network", "SearchEntry")
    for post in apps.get_model("network", "Post").objects.iterator(chunk_size=500):
        post.html = html_of(post.body)
        post.excerpt = excerpt_of(post.html)
        post.save(update_fields=["html", "excerpt"])
        if post.hidden_at is None and post.author_id:
            row = entry.objects.create(post=post)
            words_index.write(connection, entry_id=row.pk, group_id=post.group_id, text=post.body)
    comments = apps.get_model("network", "Comment").objects.select_related("post")
    for comment in comments.iterator(chunk_size=500):
        comment.html = html_of(comment.body)
        comment.save(update_fields=["html"])
        if comment.hidden_at is None and comment.post.hidden_at is None and comment.author_id:
            row = entry.objects.create(post=comment.post, comment=comment)
            words_index.write(
                connection, entry_id=row.pk, group_id=comment.post.group_id, text=comment.body
            )


def take_away(apps, schema_editor):
    apps.get_model("network", "SearchEntry").objects.all().delete()
    words_index.drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0002_feed"),
    ]

    operations = [
        migrations.RunPython(lay, take_away),
    ]
