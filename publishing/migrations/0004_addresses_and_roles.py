"""Enter the address of what was public already, and give roles that exist what the lifecycle adds to them."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

FACTS = "address schedule scheduleend ratification partwithdrawal alert alertresolution extension milestone endorsement"
SEE = [f"view_{name}" for name in FACTS.split()]
ADDED = {
    "Editor": SEE,
    "Medical reviewer": ["endorse_publication"],
    "Medical lead": [
        *SEE,
        "suspend_publication",
        "publish_emergency",
        "endorse_publication",
        "withdraw_part",
        "resolve_alert",
        "extend_review",
    ],
    "Publisher": [*SEE, "withdraw_part", "move_article"],
    "Auditor": SEE,
}


def enter_addresses(apps, schema_editor):
    """An address was frozen with the first publication, so that of any edition that was public is the article's."""
    Address = apps.get_model("publishing", "Address")
    first = apps.get_model("publishing", "Publication").objects.filter(seq=1).select_related("edition")
    rows = (
        Address(
            article_id=row.article_id,
            language=row.edition.language,
            slug=row.edition.slug,
            by_id=row.published_by_id,
            at=row.published_at,
        )
        for row in first.defer("edition__content").order_by("pk").iterator(500)
    )
    Address.objects.bulk_create(rows, batch_size=500)


def extend_roles(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects.filter(name__in=ADDED)
    if not groups:
        return
    app = installed.get_app_config("publishing")
    create_permissions(app, apps=apps, verbosity=0, using=schema_editor.connection.alias)
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="publishing")
    for group in groups:
        group.permissions.add(*permissions.filter(codename__in=ADDED[group.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("publishing", "0003_lifecycle"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunPython(enter_addresses, migrations.RunPython.noop),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
