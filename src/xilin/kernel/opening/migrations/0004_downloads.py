"""How often files of releases were fetched, by day."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("opening", "0003_questions_wait_for_a_worker")]
    operations = [
        migrations.CreateModel(
            name="Download",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form", models.CharField(max_length=10, verbose_name="form")),
                ("day", models.DateField(verbose_name="day")),
                ("times", models.PositiveIntegerField(verbose_name="times")),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="downloads",
                        to="opening.release",
                        verbose_name="release",
                    ),
                ),
            ],
            options={
                "verbose_name": "download of a release",
                "verbose_name_plural": "downloads of releases",
                "ordering": ["release", "day", "form"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("release", "form", "day"), name="opening_download_once_a_day"
                    )
                ],
            },
        ),
    ]
