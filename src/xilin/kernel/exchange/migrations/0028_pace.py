"""Calls by the minute, as the gateways count them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0027_cases_of_alarms_and_life_of_keys")]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("minute", models.DateTimeField(verbose_name="minute")),
                (
                    "outcome",
                    models.CharField(
                        choices=[("answered", "answered"), ("refused", "refused"), ("failed", "failed")],
                        max_length=8,
                        verbose_name="outcome",
                    ),
                ),
                ("bucket", models.SmallIntegerField(verbose_name="how long")),
                ("calls", models.BigIntegerField(default=0, verbose_name="calls")),
            ],
            options={
                "verbose_name": "calls in a minute",
                "verbose_name_plural": "calls by the minute",
                "ordering": ["-minute", "outcome", "bucket"],
                "constraints": [
                    models.UniqueConstraint(fields=("minute", "outcome", "bucket"), name="exchange_pace_once")
                ],
            },
        ),
    ]
