"""Packs whose way back to households isn't whole, as last counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trace", "0016_smaller_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpenChain",
            fields=[
                ("thing", models.TextField(primary_key=True, serialize=False, verbose_name="pack")),
                ("month", models.DateField(null=True, verbose_name="month")),
            ],
            options={
                "verbose_name": "open chain",
                "verbose_name_plural": "open chains",
                "ordering": ["-month", "thing"],
            },
        ),
    ]
