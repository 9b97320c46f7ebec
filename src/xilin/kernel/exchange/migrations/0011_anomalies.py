import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0016_export_epoch"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("asked", models.BigIntegerField(default=0, verbose_name="look-ups")),
                ("near", models.BigIntegerField(default=0, verbose_name="next to another")),
                (
                    "grant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tallies",
                        to="exchange.grant",
                        verbose_name="grant",
                    ),
                ),
            ],
            options={
                "verbose_name": "use in an hour",
                "verbose_name_plural": "use by the hour",
                "ordering": ["grant", "-hour"],
                "indexes": [models.Index(fields=["hour"], name="exchange_tally_hour")],
                "constraints": [models.UniqueConstraint(fields=("grant", "hour"), name="exchange_tally_once")],
            },
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=60, verbose_name="rule")),
                ("key", models.CharField(max_length=100, verbose_name="about")),
                ("grants", models.JSONField(default=list, verbose_name="grants")),
                ("figures", models.JSONField(verbose_name="figures")),
                ("at", models.DateTimeField(verbose_name="found at")),
                ("suspends", models.BooleanField(default=False, verbose_name="stops the grant")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                ("remark", models.TextField(blank=True, verbose_name="what was found")),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alarms",
                        to="exchange.grant",
                        verbose_name="grant",
                    ),
                ),
            ],
            options={
                "verbose_name": "alarm",
                "verbose_name_plural": "alarms",
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None), ("suspends", True)),
                        fields=["grant"],
                        name="exchange_alarm_stops",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rule", "key", "grant"), name="exchange_alarm_once", nulls_distinct=False
                    )
                ],
            },
        ),
    ]
