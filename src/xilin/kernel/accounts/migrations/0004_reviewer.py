from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_sign_in_counts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='role',
            field=models.CharField(choices=[('steward', 'department steward'), ('approver', 'department approver'), ('engineer', 'data engineer'), ('reviewer', 'registry reviewer'), ('system', 'system administrator'), ('security', 'security administrator'), ('audit', 'audit administrator')], default='steward', max_length=12, verbose_name='role'),
        ),
    ]
