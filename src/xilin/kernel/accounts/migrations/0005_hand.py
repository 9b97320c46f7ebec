from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_reviewer'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='role',
            field=models.CharField(choices=[('steward', 'department steward'), ('approver', 'department approver'), ('engineer', 'data engineer'), ('reviewer', 'registry reviewer'), ('system', 'system administrator'), ('security', 'security administrator'), ('audit', 'audit administrator'), ('hand', 'records out of doors')], default='steward', max_length=12, verbose_name='role'),
        ),
    ]
