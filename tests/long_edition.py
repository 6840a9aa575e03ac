"""A long edition as a busy desk has it: for the query budget of its page, and for the benchmark."""

from typing import Any

from reviews import actions
from reviews.models import Edition
from tests import cast

SENTENCE = "Patient {n} says that the small twitch of a muscle came at night, stayed {n} minutes and went by itself. "
BODY = "<p>" + "</p><p>".join(SENTENCE.format(n=n) * 4 for n in range(7)) + "</p>"


def make_long_edition(line: cast.Line) -> Edition:
    """Return an edition of sixty viewpoints and 150,000 characters, a third of them changed since the public one.

    ben decided on the public one, is asked to review this one, and reads ten comments, one of them blocking.
    """
    people, article = line.people, line.draft(viewpoints=_viewpoints(line.people.ada), risk_tier=1)
    public = line.publish(line.approve(line.submit(article))).edition
    changed: list[dict[str, Any]] = [{"id": row["id"]} for row in public.content["viewpoints"]]
    for n in range(0, 60, 3):
        changed[n]["body"] = _body(n).replace("minutes", "hours")
    line.change(article, viewpoints=changed)
    edition = line.submit(article)
    line.decide(edition, people.cyd, "editorial")
    for n, viewpoint in enumerate(edition.content["viewpoints"][::6]):
        said = {
            "place": viewpoint["id"],
            "quote": f"Person {n * 6} 3 says that the small twitch of a muscle",
            "before": SENTENCE.format(n=2).replace("Patient", f"Person {n * 6}").replace("minutes", "hours"),
            "severity": "blocking" if n == 3 else "advisory",
        }
        comment = actions.comment(edition, by=people.bea, text="Where?", **said)
        actions.answer(comment, by=people.ada, text="In the calf.")
    actions.assign(edition, by=people.ada, stage="medical", reviewer=people.ben)
    return edition


def _viewpoints(by: Any) -> list[dict[str, Any]]:
    speakers = [cast.make_contributor(by=by) for _ in range(8)]
    source = cast.make_reference(by=by)
    return [
        cast.viewpoint_values(speakers[n % 8], heading=f"View {n}", body=_body(n), citations=[source.pk])
        for n in range(60)
    ]


def _body(n: int) -> str:
    return BODY.replace("Patient", f"Person {n}")
