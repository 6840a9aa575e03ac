from django.db import migrations, models

from tests.cms.guards.rebuild_migrations import newest


class Migration(migrations.Migration):
    dependencies = [("articles", newest("articles"))]
    operations = [
        migrations.AlterField("article", "language", models.CharField(default="en", max_length=99)),
        migrations.AlterField("historicalarticle", "language", models.CharField(default="en", max_length=99)),
    ]
