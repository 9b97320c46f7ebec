"""Releases of codes beyond what events say there is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A table."""

    dependencies = [("trace", "0018_codes_kept")]

    operations = [
        migrations.CreateModel(
            name="CodeRelease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gtin", models.CharField(max_length=14, verbose_name="product")),
                ("lot", models.CharField(blank=True, max_length=20, verbose_name="production batch")),
                ("producer", models.CharField(blank=True, max_length=18, verbose_name="producer")),
                ("count", models.PositiveIntegerField(verbose_name="codes")),
                ("used", models.PositiveIntegerField(default=0, verbose_name="codes used")),
                ("why", models.CharField(max_length=500, verbose_name="reason")),
                ("department", models.CharField(max_length=40, verbose_name="department")),
                ("case", models.CharField(max_length=20, unique=True, verbose_name="case")),
                ("proposed_by", models.CharField(max_length=150, verbose_name="proposed by")),
                ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                ("granted", models.BooleanField(null=True, verbose_name="granted")),
                ("decided_by", models.CharField(blank=True, max_length=150, verbose_name="decided by")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "release of codes",
                "verbose_name_plural": "releases of codes",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["gtin", "lot"], name="trace_release_product")],
            },
        ),
    ]
