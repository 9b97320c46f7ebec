from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exchange", "0003_verifications")]
    operations = [
        migrations.AddField(
            model_name="grant",
            name="match",
            field=models.BooleanField(default=False, verbose_name="matches by name allowed"),
        ),
    ]
