"""Alarms that somebody takes and decides: who has an alert, which case, what came of it."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trace", "0007_recalls_in_use"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="taken_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="taken at"),
        ),
        migrations.AddField(
            model_name="alert",
            name="taken_by",
            field=models.CharField(blank=True, db_default="", max_length=150, verbose_name="taken by"),
        ),
        migrations.AddField(
            model_name="lineagealert",
            name="case",
            field=models.CharField(blank=True, max_length=40, verbose_name="case"),
        ),
        migrations.AddField(
            model_name="lineagealert",
            name="decided_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="decided at"),
        ),
        migrations.AddField(
            model_name="lineagealert",
            name="decided_by",
            field=models.CharField(blank=True, max_length=150, verbose_name="decided by"),
        ),
        migrations.AddField(
            model_name="lineagealert",
            name="department",
            field=models.CharField(blank=True, max_length=60, verbose_name="department in charge"),
        ),
        migrations.AddField(
            model_name="lineagealert",
            name="excess",
            field=models.FloatField(blank=True, null=True, verbose_name="too much, when decided"),
        ),
        migrations.AddField(
            model_name="lineagealert",
            name="gtins",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=14),
                blank=True,
                default=list,
                size=None,
                verbose_name="products",
            ),
        ),
        migrations.AddField(
            model_name="lineagealert",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[("confirmed", "confirmed"), ("settled", "settled"), ("explained", "found to be in order")],
                max_length=10,
                verbose_name="outcome",
            ),
        ),
        migrations.AddField(
            model_name="lineagealert",
            name="remark",
            field=models.CharField(blank=True, max_length=500, verbose_name="remark"),
        ),
        migrations.AddField(
            model_name="lineagealert",
            name="taken_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="taken at"),
        ),
        migrations.AddField(
            model_name="lineagealert",
            name="taken_by",
            field=models.CharField(blank=True, max_length=150, verbose_name="taken by"),
        ),
        migrations.AddField(
            model_name="suspicion",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
        ),
        migrations.AddField(
            model_name="suspicion",
            name="closed_by",
            field=models.CharField(blank=True, max_length=150, verbose_name="closed by"),
        ),
        migrations.AddField(
            model_name="suspicion",
            name="outcome",
            field=models.CharField(blank=True, max_length=200, verbose_name="outcome"),
        ),
        migrations.AddField(
            model_name="suspicion",
            name="taken_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="taken at"),
        ),
        migrations.AddField(
            model_name="suspicion",
            name="taken_by",
            field=models.CharField(blank=True, max_length=150, verbose_name="taken by"),
        ),
    ]
