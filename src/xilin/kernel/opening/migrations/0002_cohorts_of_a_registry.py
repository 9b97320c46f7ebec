"""Cohorts are compared within a registry, and say what was published of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("opening", "0001_initial")]

    operations = [
        migrations.RemoveField(model_name="cohort", name="pair"),
        migrations.AddField(
            model_name="cohort",
            name="registry",
            field=models.CharField(db_index=True, default="", max_length=60, verbose_name="registry"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="cohort",
            name="published",
            field=models.JSONField(default=list, verbose_name="groups published"),
        ),
    ]
