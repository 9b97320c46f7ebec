"""Items of recalls that somebody found to be good; notices to those who sold their goods."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trace", "0036_places_of_events")]

    operations = [
        migrations.AddField(
            "recallitem",
            "cleared_at",
            models.DateTimeField(blank=True, null=True, verbose_name="cleared at"),
        ),
        migrations.AddField(
            "recallitem",
            "cleared_by",
            models.CharField(blank=True, db_default="", default="", max_length=150, verbose_name="cleared by"),
        ),
        migrations.AddField(
            "recallitem",
            "cleared_for",
            models.TextField(blank=True, db_default="", default="", verbose_name="why it was cleared"),
        ),
        migrations.AddField(
            "recallnotice",
            "sold",
            models.IntegerField(db_default=0, default=0, verbose_name="sold before"),
        ),
    ]
