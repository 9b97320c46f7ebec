from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='entity',
            name='merged_into',
            field=models.UUIDField(blank=True, null=True, verbose_name='entity it was merged into'),
        ),
    ]
