"""Keys by which somebody tries a few calls under one grant."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0028_pace")]

    operations = [
        migrations.AddField(
            model_name="signingkey",
            name="trial_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="trial_keys",
                to="exchange.grant",
                verbose_name="grant that is tried",
            ),
        ),
        migrations.AddField(
            model_name="signingkey",
            name="calls_left",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="calls left"),
        ),
        migrations.AddConstraint(
            model_name="signingkey",
            constraint=models.CheckConstraint(
                name="exchange_trials_are_few",
                condition=models.Q(trial_of=None, calls_left=None)
                | models.Q(trial_of__isnull=False, calls_left__isnull=False, expires_at__isnull=False),
            ),
        ),
    ]
