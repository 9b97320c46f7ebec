"""Which sequence of changes a subscriber's whole state goes on with."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0015_deliveries")]
    operations = [
        migrations.AddField(
            model_name="export",
            name="epoch",
            field=models.PositiveIntegerField(default=0, verbose_name="epoch"),
        ),
    ]
