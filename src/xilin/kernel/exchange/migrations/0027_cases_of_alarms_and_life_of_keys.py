"""Alarms have cases with a clock, and signing keys end."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0026_rows_in_bulk"), ("casework", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="alarm",
            name="cases",
            field=models.ManyToManyField(
                blank=True, related_name="unusual_use", to="casework.case", verbose_name="cases"
            ),
        ),
        migrations.AddField(
            model_name="signingkey",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="expires at"),
        ),
    ]
