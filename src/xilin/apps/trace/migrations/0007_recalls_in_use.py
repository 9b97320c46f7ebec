"""Recalls as they are carried out: by whom proposed, what holders say, when items came onto the list; notices found by code."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trace", "0006_producers")]

    operations = [
        migrations.AddField(
            model_name="recall",
            name="listed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="looked up at"),
        ),
        migrations.AddField(
            model_name="recall",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[("carried_out", "carried out"), ("unfounded", "unfounded")],
                default="",
                max_length=12,
                verbose_name="outcome",
            ),
        ),
        migrations.AddField(
            model_name="recall",
            name="party",
            field=models.CharField(blank=True, default="", max_length=100, verbose_name="party"),
        ),
        migrations.AddField(
            model_name="recall",
            name="risk",
            field=models.TextField(blank=True, default="", verbose_name="risk"),
        ),
        migrations.AddField(
            model_name="recallitem",
            name="listed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="listed at"),
        ),
        migrations.AddField(
            model_name="recallnotice",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="confirmed at"),
        ),
        migrations.AddField(
            model_name="recallnotice",
            name="confirmed_by",
            field=models.CharField(blank=True, default="", max_length=150, verbose_name="confirmed by"),
        ),
        migrations.AddField(
            model_name="recallnotice",
            name="kept",
            field=models.PositiveIntegerField(default=0, verbose_name="set aside"),
        ),
        migrations.AddField(
            model_name="recallnotice",
            name="returned",
            field=models.PositiveIntegerField(default=0, verbose_name="sent back"),
        ),
        migrations.AddField(
            model_name="recallnotice",
            name="destroyed",
            field=models.PositiveIntegerField(default=0, verbose_name="destroyed"),
        ),
        migrations.AddField(
            model_name="recallnotice",
            name="remark",
            field=models.TextField(blank=True, default="", verbose_name="remark"),
        ),
        migrations.AddIndex(
            model_name="recallnotice",
            index=models.Index(fields=["holder"], name="trace_recall_notice_holder"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("code__isnull", False), ("until__isnull", True)),
                fields=["code"],
                name="trace_notice_code",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("number", ""), _negated=True),
                fields=["number"],
                name="trace_notice_number",
            ),
        ),
        # Whose ear tags are recalled is asked by place: of the few events that commission things alone.
        migrations.RunSQL(
            "CREATE INDEX trace_lineage_born_at ON trace_lineageevent (coalesce(location, read_point))"
            " WHERE kind = 1 AND action = 1",
            "DROP INDEX trace_lineage_born_at",
        ),
    ]
