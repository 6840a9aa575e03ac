"""My settings: one page about oneself, for everybody of the staff; nobody sees or changes another's."""

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import NoReverseMatch, reverse

from reviews.models import ReviewerSettings

PAGE = "/admin/reviews/reviewersettings/"


def browser(user, **options):
    client = Client(**options)
    client.force_login(user)
    return client


def test_the_page_has_an_address_by_name():
    assert reverse("admin:reviews_my_settings") == PAGE


@pytest.mark.parametrize("name", ["ada", "ben", "pam", "max", "ann", "dot", "root"])
def test_everybody_of_the_staff_finds_the_page_and_the_way_back(people, name):
    client = browser(getattr(people, name))
    assert f'href="{PAGE}"' in client.get("/admin/").text
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "Mail about safety is sent all the same." in page.text
    assert "Counts for what you sign from now on." in page.text
    assert '<a href="/admin/">Back to the front page</a>' in page.text
    assert page.text.count(" checked") == 0
    assert not ReviewerSettings.objects.exists()


def test_what_one_chooses_is_saved_and_said(people):
    client = browser(people.ben)
    for chosen in ({"mail_off": "on"}, {"mail_off": "on", "by_role_only": "on"}, {"by_role_only": "on"}, {}):
        page = client.post(PAGE, chosen, follow=True)
        assert page.redirect_chain == [(PAGE, 302)]
        assert "Your settings are saved." in page.text
        assert page.text.count(" checked") == len(chosen)
        mine = ReviewerSettings.objects.get()
        assert mine.user == people.ben
        assert (mine.mail_off, mine.by_role_only) == ("mail_off" in chosen, "by_role_only" in chosen)


def test_nobody_sees_or_changes_what_another_chose(people):
    hers = ReviewerSettings.objects.create(user=people.bea, mail_off=True, by_role_only=True)
    for person in (people.ben, people.max, people.root):
        client = browser(person)
        assert " checked" not in client.get(f"{PAGE}?user={people.bea.pk}").text
        client.post(f"{PAGE}?user={people.bea.pk}", {"user": people.bea.pk, "id": hers.pk})
        for address in (f"{PAGE}{hers.pk}/", f"{PAGE}{hers.pk}/change/", f"{PAGE}{hers.pk}/delete/", f"{PAGE}add/"):
            assert client.get(address).status_code == 404
        assert ReviewerSettings.objects.get(user=person).mail_off is False
    hers.refresh_from_db()
    assert (hers.mail_off, hers.by_role_only) == (True, True)


def test_there_is_no_list_and_no_page_of_a_row():
    for name in ("change", "add", "delete", "history"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:reviews_reviewersettings_{name}", args=[1] if name != "add" else [])
    admin = site.get_model_admin(ReviewerSettings)
    assert len(admin.get_urls()) == 2


def test_the_page_is_for_the_staff_alone(people):
    people.dot.is_staff = False
    people.dot.save()
    for client in (browser(people.dot), Client()):
        for answer in (client.get(PAGE), client.post(PAGE, {"mail_off": "on"})):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")
    assert not ReviewerSettings.objects.exists()


def test_another_site_cannot_switch_mail_off(people):
    client = browser(people.ben, enforce_csrf_checks=True)
    assert client.post(PAGE, {"mail_off": "on"}).status_code == 403
    assert not ReviewerSettings.objects.exists()


def test_each_box_has_a_label_and_its_help(people):
    page = browser(people.ben).get(PAGE).text
    for name in ("mail_off", "by_role_only"):
        assert (
            f'<label for="id_{name}"><input type="checkbox" name="{name}" aria-describedby="id_{name}_helptext"' in page
        )
        assert f'id="id_{name}_helptext"' in page
