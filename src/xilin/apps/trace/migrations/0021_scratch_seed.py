from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trace', '0025_scans'),
    ]

    operations = [
        migrations.AddField(
            model_name='codebatch',
            name='scratch_seed',
            field=models.BinaryField(blank=True, null=True, verbose_name='seed of the scratch codes'),
        ),
    ]
