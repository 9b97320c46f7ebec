"""Copies of golden records in the lake, and the corrections that lay over what was delivered."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0011_anomalies")]
    operations = [
        migrations.CreateModel(
            name="Deposit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("resource", models.CharField(max_length=60, verbose_name="resource")),
                ("stamp", models.CharField(max_length=64, verbose_name="state of the registry")),
                ("snapshot", models.BigIntegerField(blank=True, null=True, verbose_name="snapshot")),
                ("rows", models.BigIntegerField(default=0, verbose_name="rows")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
            ],
            options={
                "verbose_name": "copy of golden records",
                "verbose_name_plural": "copies of golden records",
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["resource", "-id"], name="exchange_deposit_newest")],
            },
        ),
        migrations.AddField(
            model_name="export",
            name="overlays",
            field=models.JSONField(default=list, verbose_name="corrections"),
        ),
        migrations.AddField(
            model_name="followed",
            name="overlays",
            field=models.JSONField(default=list, verbose_name="corrections"),
        ),
    ]
