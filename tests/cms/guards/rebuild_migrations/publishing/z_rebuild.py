from django.db import migrations, models

from tests.cms.guards.rebuild_migrations import newest


class Migration(migrations.Migration):
    dependencies = [("publishing", newest("publishing"))]
    operations = [
        migrations.AlterField("publication", "digest", models.CharField(max_length=99)),
        migrations.AlterField("livearticle", "digest", models.CharField(max_length=99)),
    ]
