"""Figures of traceability by month and banner."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trace", "0008_alarms"),
    ]

    operations = [
        migrations.CreateModel(
            name="Figure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("measure", models.CharField(max_length=40, verbose_name="measure")),
                ("month", models.DateField(verbose_name="month")),
                ("area", models.CharField(blank=True, max_length=12, verbose_name="area")),
                ("value", models.FloatField(verbose_name="value")),
                ("counted_at", models.DateTimeField(verbose_name="counted at")),
            ],
            options={
                "verbose_name": "figure of traceability",
                "verbose_name_plural": "figures of traceability",
                "ordering": ["measure", "month", "area"],
                "constraints": [
                    models.UniqueConstraint(fields=("measure", "month", "area"), name="trace_figure_once")
                ],
            },
        ),
    ]
