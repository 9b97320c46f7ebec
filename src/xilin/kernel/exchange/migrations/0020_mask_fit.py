"""What was measured of masks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0005_rows_chosen")]

    operations = [
        migrations.CreateModel(
            name="MaskFit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("resource", models.CharField(max_length=60, verbose_name="resource")),
                ("column", models.CharField(max_length=60, verbose_name="column")),
                ("mask", models.CharField(blank=True, max_length=60, verbose_name="mask")),
                ("known", models.CharField(blank=True, max_length=20, verbose_name="known beside it")),
                ("content", models.CharField(max_length=64, verbose_name="what was measured")),
                ("median", models.BigIntegerField(verbose_name="median")),
                ("least", models.BigIntegerField(verbose_name="least")),
                ("records", models.BigIntegerField(verbose_name="people")),
                ("measured_at", models.DateTimeField(verbose_name="measured at")),
            ],
            options={
                "verbose_name": "people who fit a mask",
                "verbose_name_plural": "people who fit masks",
                "ordering": ["resource", "column", "mask", "known"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("resource", "column", "mask", "known"), name="exchange_mask_fit_once"
                    )
                ],
            },
        ),
    ]
