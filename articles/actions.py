"""Every change of an article and its parts. Admin form, API, importers and commands call these.

Refusals: PermissionDenied (not you) or ValidationError with a stable code (not so). Nothing is written then.
"""

import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from articles.history import create_all, remove, write
from articles.models import (
    Article,
    ArticleDisclaimer,
    Citation,
    Disclaimer,
    Viewpoint,
    ViewpointContributor,
)
from articles.permissions import may_edit, may_write_articles, may_write_disclaimers

#: The plain fields that `save_article` takes, beside `disclaimers` and `viewpoints`.
ARTICLE_FIELDS = (
    "topic_id",
    "title",
    "slug",
    "language",
    "translation_of_id",
    "translated_edition",
    "aspect",
    "audience",
    "risk_tier",
    "summary",
    "see_doctor",
    "synthesis",
)
VIEWPOINT_FIELDS = ("heading", "perspective", "certainty", "body")
#: Set by `withdraw_viewpoint`, and when an edition is restored.
TOMBSTONE_FIELDS = ("withdrawn_on", "withdrawn_reason")


@transaction.atomic(durable=True)
def save_article(
    article: Article | None,
    values: dict[str, Any],
    *,
    by: Any,
    expected_version: int | None = None,
    reason: str = "",
) -> Article:
    """Create an article, or change one that is still at `expected_version`; return it as saved.

    `values` holds any of ARTICLE_FIELDS; `disclaimers`, a list of disclaimer ids in order; and `viewpoints`, the
    whole list in order, each with `id` (kept or new), VIEWPOINT_FIELDS, `contributors` [{contributor_id, role}]
    and `citations` [reference_id]. What is not named stays as it is. Raises ValidationError `version_conflict`
    when somebody saved in between.
    """
    return _save_article(article, values, by=by, expected_version=expected_version, reason=reason)


@transaction.atomic(durable=True)
def archive(article: Article, *, by: Any, reason: str) -> Article:
    """Put an article away: it stays readable in the admin and can no longer be changed or submitted."""
    article = lock(article)

    if not may_edit(by, article):
        raise PermissionDenied("You may not archive this article.")
    if article.archived_at:
        raise ValidationError("This article is archived already.", code="archived")

    article.archived_at = timezone.now()
    article.version += 1
    return write(article, by=by, reason=reason)


@transaction.atomic(durable=True)
def merge_viewpoints(kept: Viewpoint, merged: Viewpoint, *, by: Any, reason: str) -> Viewpoint:
    """Append `merged` to `kept`, with its contributors and citations; `kept` keeps its UUID."""
    article = lock(kept.article)

    _check_may_change(article, by)
    if kept.article_id != merged.article_id or kept.pk == merged.pk:
        raise ValidationError("Choose two different viewpoints of one article.", code="not_mergeable")

    parts = [_values_of(viewpoint) for viewpoint in article.viewpoints.all()]
    target = next((part for part in parts if part["id"] == str(kept.pk)), None)
    other = next((part for part in parts if part["id"] == str(merged.pk)), None)
    if target is None or other is None:
        raise ValidationError("One of these viewpoints is gone. Open the article again.", code="viewpoint_gone")
    parts.remove(other)
    target["body"] += other["body"]
    named = {row["contributor_id"] for row in target["contributors"]}
    target["contributors"] += [row for row in other["contributors"] if row["contributor_id"] not in named]
    target["citations"] = list(dict.fromkeys(target["citations"] + other["citations"]))
    _save_article(article, {"viewpoints": parts}, by=by, expected_version=article.version, reason=reason)
    return Viewpoint.objects.get(pk=kept.pk)


@transaction.atomic(durable=True)
def withdraw_viewpoint(viewpoint: Viewpoint, *, by: Any, reason: str) -> Viewpoint:
    """Leave a tombstone in place of a viewpoint: the next edition says when and why it was taken back, not its words.

    `reason` is for readers. The draft keeps the words, and its history.
    """
    article = lock(viewpoint.article)
    viewpoint = Viewpoint.objects.get(pk=viewpoint.pk)

    _check_may_change(article, by)
    if viewpoint.withdrawn_on:
        raise ValidationError("This viewpoint is withdrawn already.", code="already_withdrawn")
    if not reason.strip():
        raise ValidationError("Say to readers why this viewpoint is taken back.", code="reason_missing")

    viewpoint.withdrawn_on, viewpoint.withdrawn_reason = timezone.now().date(), reason
    viewpoint.full_clean(exclude=["article"])
    write(viewpoint, by=by, reason=f"Viewpoint withdrawn: {reason}")
    article.version += 1
    write(article, by=by, reason=f"Viewpoint withdrawn: {reason}")
    return viewpoint


@transaction.atomic(durable=True)
def save_disclaimer(disclaimer: Disclaimer, *, by: Any, reason: str = "") -> Disclaimer:
    """Save a disclaimer; its version goes up when its text or placement changed."""
    return _save_disclaimer(disclaimer, by=by, reason=reason)


def lock(article: Article) -> Article:
    """Lock and reload the article's row; every action starts here, so that none can deadlock with another."""
    return Article.objects.locked().get(pk=article.pk)


def check_version(article: Article, expected_version: int | None) -> None:
    """Raise ValidationError `version_conflict` naming who saved what since `expected_version`; `article` is locked."""
    if expected_version == article.version:
        return
    if expected_version is None:
        raise ValidationError("Say which version of the article you started from.", code="version_missing")
    raise ValidationError(
        "Nothing was saved: this article changed while you were writing. %(saved)s "
        "Your text is kept below: compare it with the saved article, then save again.",
        code="version_conflict",
        params={"saved": _saved_since(article), "current_version": article.version, "your_version": expected_version},
    )


def replace_content(article: Article, content: dict[str, Any], *, by: Any, reason: str) -> Article:
    """Copy a frozen `content` back into the locked draft. Shared records (people, sources) are named, not rewritten."""
    values = {
        "title": content["title"],
        "summary": content["summary"],
        "aspect": content["aspect"],
        "audience": content["audience"],
        "translated_edition": content.get("translation_of", {}).get("edition", 0),
        "see_doctor": content["see_doctor_html"],
        "synthesis": content["synthesis_html"],
        "disclaimers": [row["id"] for row in content["disclaimers"]],
        "viewpoints": [_values_from_content(row, content["references"]) for row in content["viewpoints"]],
    }
    return _save_article(article, values, by=by, expected_version=article.version, reason=reason)


def _save_article(
    article: Article | None,
    values: dict[str, Any],
    *,
    by: Any,
    expected_version: int | None = None,
    reason: str = "",
) -> Article:
    if article is None or article._state.adding:
        return _create_article(article or Article(), values, by=by, reason=reason)
    article = lock(article)

    _check_may_change(article, by)
    check_version(article, expected_version)
    _check_known(values)

    changed = _set_fields(article, values)
    changed |= _write_disclaimers(article, values, by=by, reason=reason)
    changed |= _write_viewpoints(article, values, by=by, reason=reason)
    if changed:
        article.version += 1
        article.full_clean()
        write(article, by=by, reason=reason)
    return article


def _create_article(article: Article, values: dict[str, Any], *, by: Any, reason: str) -> Article:
    if not may_write_articles(by):
        raise PermissionDenied("You may not write articles. Ask an administrator for the Editor role.")
    _check_known(values)

    article.pk = article.pk or uuid.uuid4()  # Django's forms clear it for new rows.
    article.owner = by
    _set_fields(article, values)
    article.slug = article.slug or free_slug(article.title, article.language)
    article.full_clean()
    # Parts first, as in every save: what one save wrote lies between two rows of the article's history.
    _write_disclaimers(article, values, by=by, reason=reason)
    _write_viewpoints(article, values, by=by, reason=reason)
    return write(article, by=by, reason=reason)


def _save_disclaimer(disclaimer: Disclaimer, *, by: Any, reason: str = "") -> Disclaimer:
    if not may_write_disclaimers(by):
        raise PermissionDenied("You may not change disclaimers.")
    before = Disclaimer.objects.select_for_update(no_key=True).filter(pk=disclaimer.pk).first()
    disclaimer.full_clean()
    if before:
        same = (before.kind, before.text, before.placement) == (
            disclaimer.kind,
            disclaimer.text,
            disclaimer.placement,
        )
        disclaimer.version = before.version if same else before.version + 1
    return write(disclaimer, by=by, reason=reason)


def free_slug(title: str, language: str) -> str:
    """Return a slug for `title` that no article in this language has."""
    stem = slugify(title)[:120].strip("-") or "article"
    taken = set(Article.objects.filter(language=language, slug__startswith=stem).values_list("slug", flat=True))
    slug, n = stem, 1
    while slug in taken:
        n += 1
        slug = f"{stem}-{n}"
    return slug


def _check_may_change(article: Article, by: Any) -> None:
    if not may_edit(by, article):
        raise PermissionDenied("You may not change this article.")
    if article.archived_at:
        raise ValidationError("This article is archived and can no longer be changed.", code="archived")


def _check_known(values: dict[str, Any]) -> None:
    if unknown := set(values) - {*ARTICLE_FIELDS, "disclaimers", "viewpoints"}:
        raise ValidationError(f"There is no field {', '.join(sorted(unknown))} in an article.", code="unknown_field")


def _set_fields(row: Any, values: dict[str, Any], names: Iterable[str] = ARTICLE_FIELDS) -> bool:
    """Set the named fields on `row`, cleaned; return whether anything changed."""
    changed = False
    for name in names:
        if name not in values:
            continue
        field = row._meta.get_field(name.removesuffix("_id"))
        value = field.to_python(values[name])
        changed |= getattr(row, name) != value
        setattr(row, name, value)
    return changed


def _write_disclaimers(article: Article, values: dict[str, Any], *, by: Any, reason: str) -> bool:
    if "disclaimers" not in values:
        return False
    wanted = [{"disclaimer_id": _uuid(pk)} for pk in values["disclaimers"]]
    return _write_list(article.article_disclaimers, ArticleDisclaimer, "article", article, wanted, by, reason)


def _write_viewpoints(article: Article, values: dict[str, Any], *, by: Any, reason: str) -> bool:
    if "viewpoints" not in values:
        return False
    kept = {viewpoint.pk: viewpoint for viewpoint in article.viewpoints.all()}
    named = [str(part["id"]) for part in values["viewpoints"] if part.get("id")]
    if len(set(named)) < len(named):
        raise ValidationError("Name each viewpoint once.", code="named_twice")
    changed = False
    for position, part in enumerate(values["viewpoints"]):
        pk = _uuid(part.get("id") or uuid.uuid4())
        viewpoint = kept.pop(pk, None) or _new_viewpoint(article, pk)
        changed |= _write_viewpoint(viewpoint, part, position, by=by, reason=reason)
    for viewpoint in kept.values():
        _remove_viewpoint(viewpoint, by=by, reason=reason)
    return changed or bool(kept)


def _new_viewpoint(article: Article, pk: uuid.UUID) -> Viewpoint:
    if Viewpoint.objects.filter(pk=pk).exists():
        raise ValidationError("This viewpoint belongs to another article.", code="foreign_viewpoint")
    return Viewpoint(pk=pk, article=article)


def _write_viewpoint(viewpoint: Viewpoint, part: dict[str, Any], position: int, *, by: Any, reason: str) -> bool:
    changed = _set_fields(viewpoint, part, VIEWPOINT_FIELDS + TOMBSTONE_FIELDS) or viewpoint._state.adding
    if viewpoint.position != position:
        viewpoint.position, changed = position, True
    if changed:
        viewpoint.full_clean(exclude=["article"])
        write(viewpoint, by=by, reason=reason)
    if "contributors" in part:
        rows = [
            {"contributor_id": _uuid(row["contributor_id"]), "role": row.get("role", "author")}
            for row in part["contributors"]
        ]
        changed |= _write_list(
            viewpoint.viewpoint_contributors, ViewpointContributor, "viewpoint", viewpoint, rows, by, reason
        )
    if "citations" in part:
        rows = [{"reference_id": _uuid(pk)} for pk in part["citations"]]
        changed |= _write_list(viewpoint.citations, Citation, "viewpoint", viewpoint, rows, by, reason)
    return changed


def _write_list(
    related: Any, model: Any, parent_name: str, parent: Any, wanted: list[dict[str, Any]], by: Any, reason: str
) -> bool:
    """Make the ordered rows under `parent` equal `wanted`; rows are matched by their first key."""
    key = next(iter(wanted[0])) if wanted else "pk"
    if len({values[key] for values in wanted}) < len(wanted):
        raise ValidationError(f"Name each {key.removesuffix('_id')} once.", code="named_twice")
    kept = {getattr(row, key): row for row in related.all()}
    new, changed = [], False
    for position, values in enumerate(wanted):
        row = kept.pop(values[key], None)
        before = row and {name: getattr(row, name) for name in (*values, "position")}
        row = row or model(**{parent_name: parent})
        for name, value in (values | {"position": position}).items():
            setattr(row, name, value)
        if before is None:
            row.full_clean(exclude=[parent_name], validate_constraints=False)
            new.append(row)
        elif before != values | {"position": position}:
            row.full_clean(exclude=[parent_name], validate_constraints=False)
            write(row, by=by, reason=reason)
            changed = True
    for row in kept.values():
        remove(row, by=by, reason=reason)
    create_all(new, by=by, reason=reason)
    return changed or bool(new) or bool(kept)


def _remove_viewpoint(viewpoint: Viewpoint, *, by: Any, reason: str) -> None:
    for row in [*viewpoint.viewpoint_contributors.all(), *viewpoint.citations.all(), viewpoint]:
        remove(row, by=by, reason=reason)


def _values_of(viewpoint: Viewpoint) -> dict[str, Any]:
    return {
        "id": str(viewpoint.pk),
        **{name: getattr(viewpoint, name) for name in VIEWPOINT_FIELDS + TOMBSTONE_FIELDS},
        "contributors": [
            {"contributor_id": str(row.contributor_id), "role": row.role}
            for row in viewpoint.viewpoint_contributors.all()
        ],
        "citations": [str(row.reference_id) for row in viewpoint.citations.all()],
    }


def _values_from_content(viewpoint: dict[str, Any], references: list[dict[str, Any]]) -> dict[str, Any]:
    source_of = {row["id"]: row["source_id"] for row in references}
    is_tombstone = bool(viewpoint.get("withdrawn_on"))
    words = {
        "body": viewpoint["body_html"],
        "citations": [source_of[number] for number in viewpoint["citations"]],
    }
    return {
        "id": viewpoint["id"],
        "heading": viewpoint["heading"],
        "perspective": viewpoint["perspective"],
        "certainty": viewpoint["certainty"],
        "contributors": [{"contributor_id": row["id"], "role": row["role"]} for row in viewpoint["contributors"]],
        "withdrawn_on": viewpoint.get("withdrawn_on") or None,
        "withdrawn_reason": viewpoint.get("withdrawn_reason", ""),
        **({} if is_tombstone else words),  # A tombstone names no words; the draft keeps those that it has.
    }


def _saved_since(article: Article) -> str:
    last = article.history.select_related("history_user").first()
    name = last.history_user.get_full_name() or last.history_user.get_username()
    when = timezone.localtime(last.history_date).strftime("%H:%M on %-d %B %Y")
    what = f" with the reason “{last.history_change_reason}”" if last.history_change_reason else ""
    fields = _changed_fields(article)
    return f"{name} saved version {article.version} at {when}{what}{fields}."


def _changed_fields(article: Article) -> str:
    newest = list(article.history.all()[:2])
    if len(newest) < 2:
        return ""
    changed = [name for name in newest[0].diff_against(newest[1]).changed_fields if name != "version"]
    last = newest[0]
    for model, label in ((Viewpoint, "viewpoint"),):
        rows = model.history.filter(
            article_id=article.pk, history_date__gt=newest[1].history_date, history_date__lte=last.history_date
        )
        changed += [f"{label} “{row.heading}”" if row.heading else label for row in rows]
    return f" (changed: {', '.join(dict.fromkeys(changed))})" if changed else ""


def _uuid(value: Any) -> uuid.UUID:
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError as error:
        raise ValidationError(f"“{value}” is not an id.", code="not_an_id") from error
