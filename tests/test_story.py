"""The product in one story: draft, submit, return with a reason, resubmit, approve, publish, withdraw."""

from publishing.models import LiveArticle


def test_story(line):
    article = line.draft()
    edition = line.submit(article)
    line.decide(edition, line.people.cyd, "editorial", "request_changes", "Say when to see a doctor.")
    line.change(article)
    second = line.submit(article)
    assert second.number == 2
    publication = line.publish(line.approve(second))
    assert LiveArticle.objects.get(pk=article.pk).digest == publication.digest
    line.withdraw(publication)
    assert not LiveArticle.objects.filter(pk=article.pk).exists()
