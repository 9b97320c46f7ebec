from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("collect", "0002_lineage_event"),
    ]

    # Which column the values kept so far belong to is not known: left empty, so that each
    # incremental source is read whole once more.
    operations = [
        migrations.AddField(
            model_name="batch",
            name="cursor_column",
            field=models.TextField(blank=True, default="", verbose_name="cursor column"),
            preserve_default=False,
        ),
    ]
