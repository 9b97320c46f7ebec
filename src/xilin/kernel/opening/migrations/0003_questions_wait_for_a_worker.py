"""A joint question waits for a worker between its second signature and its answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("opening", "0002_cohorts_of_a_registry")]
    operations = [
        migrations.AlterField(
            model_name="question",
            name="state",
            field=models.CharField(
                choices=[
                    ("proposed", "waits for signatures"),
                    ("waiting", "is being answered"),
                    ("answered", "answered"),
                    ("refused", "refused"),
                    ("withdrawn", "withdrawn"),
                ],
                default="proposed",
                max_length=10,
                verbose_name="state",
            ),
        ),
    ]
