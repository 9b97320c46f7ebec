"""What each household tagged and sold, and what each process weighed, as last looked at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trace", "0009_figures"),
    ]

    operations = [
        migrations.CreateModel(
            name="HouseholdYear",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.TextField(verbose_name="place")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("area", models.CharField(blank=True, max_length=6, verbose_name="area")),
                ("tagged", models.PositiveIntegerField(verbose_name="tagged")),
                ("sold", models.PositiveIntegerField(verbose_name="animals sold")),
                ("untagged", models.PositiveIntegerField(verbose_name="without a tag of this household")),
                ("counted_at", models.DateTimeField(verbose_name="counted at")),
            ],
            options={
                "verbose_name": "year of a household",
                "verbose_name_plural": "years of households",
                "ordering": ["-year", "place"],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "place"), name="trace_household_year_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProcessMass",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("process", models.TextField(verbose_name="process")),
                ("year", models.PositiveSmallIntegerField(verbose_name="year")),
                ("step", models.CharField(max_length=80, verbose_name="business step")),
                ("place", models.TextField(blank=True, verbose_name="place")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="name")),
                ("area", models.CharField(blank=True, max_length=6, verbose_name="area")),
                ("at", models.DateTimeField(verbose_name="when it happened")),
                ("kg_in", models.FloatField(verbose_name="went in")),
                ("kg_out", models.FloatField(verbose_name="came out")),
                ("unweighed_in", models.PositiveIntegerField(verbose_name="went in without a weight")),
                ("unweighed_out", models.PositiveIntegerField(verbose_name="came out without a weight")),
                ("least", models.FloatField(verbose_name="at least")),
                ("most", models.FloatField(verbose_name="at most")),
                ("broken", models.BooleanField(verbose_name="out of balance")),
                ("counted_at", models.DateTimeField(verbose_name="counted at")),
            ],
            options={
                "verbose_name": "balance of a process",
                "verbose_name_plural": "balances of processes",
                "ordering": ["-at", "process"],
                "indexes": [models.Index(fields=["year", "-at"], name="trace_process_mass_at")],
                "constraints": [
                    models.UniqueConstraint(fields=("year", "process"), name="trace_process_mass_once")
                ],
            },
        ),
    ]
