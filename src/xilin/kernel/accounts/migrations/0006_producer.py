from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_hand'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='role',
            field=models.CharField(choices=[('steward', 'department steward'), ('approver', 'department approver'), ('engineer', 'data engineer'), ('reviewer', 'registry reviewer'), ('system', 'system administrator'), ('security', 'security administrator'), ('audit', 'audit administrator'), ('hand', 'records out of doors'), ('producer', 'works for a producer')], default='steward', max_length=12, verbose_name='role'),
        ),
    ]
