"""The docs are true: their examples run, their tables match the code, every address is named."""

import json
import re
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from reviews.models import ReviewPolicy

DOCS = Path(__file__).parent.parent / "docs"
EXAMPLE = re.compile(r"```http\n(GET|POST) (\S+)\n\nHTTP/1\.1 (\d+)\n(.*?)\n```", re.DOTALL)


def examples():
    return [match.groups() for match in EXAMPLE.finditer((DOCS / "api.md").read_text())]


def matches(expected, actual, place="$"):
    """Whether `actual` is what the example shows; "…" stands for anything, and a key "…" for more keys."""
    if expected == "…":
        return True
    if isinstance(expected, dict):
        assert isinstance(actual, dict), place
        shown = set(expected) - {"…"}
        assert shown <= set(actual) if "…" in expected else shown == set(actual), (place, shown ^ set(actual))
        return all(matches(expected[key], actual[key], f"{place}.{key}") for key in shown)
    if isinstance(expected, list):
        assert len(expected) == len(actual), place
        return all(matches(one, other, f"{place}[]") for one, other in zip(expected, actual, strict=True))
    assert expected == actual, (place, expected, actual)
    return True


@pytest.mark.parametrize(("method", "url", "status", "body"), examples())
def test_every_example_of_the_api_runs(line, api, method, url, status, body):
    withdrawn = line.publish()
    line.withdraw(withdrawn)
    live = line.publish()
    names = {
        "{id}": str(live.article_id),
        "{slug}": live.article.slug,
        "{digest}": live.digest,
        "{withdrawn}": str(withdrawn.article_id),
    }
    for name, value in names.items():
        url, body = url.replace(name, value), body.replace(name, value)
    expected = json.loads(body)
    expected = expected | {"seq": "…"} if "seq" in expected else expected
    response = getattr(api, method.lower())(url)
    assert response.status_code == int(status)
    assert matches(expected, response.json())


def routes(patterns, prefix=""):
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern)


def test_every_api_address_is_in_the_docs():
    text = (DOCS / "api.md").read_text()
    names = {"article_id": "id", "edition_id": "edition", "publication_id": "publication"}
    for route in routes(get_resolver().url_patterns):
        if not route.startswith("api/v1/"):
            continue
        shown = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: f"{{{names.get(found[1], found[1])}}}", route)
        shown = shown.removeprefix("api/v1/editorial/") if "editorial" in shown else f"/{shown}"
        assert f"{shown}`" in text, shown


def policy_row(policy):
    snapshot = policy.snapshot()
    stages = []
    for stage in snapshot["stages"]:
        holder = f" ({stage['holder']})" if stage["holder"] != "anyone" else ""
        count = stage["specialists"]
        special = f", {count} specialist{'s' if count > 1 else ''}" if count else ""
        stages.append(f"{stage['key']}: {stage['quorum']} × {stage['group']}{holder}{special}")
    releaser = "no" if snapshot["separate_releaser"] else "yes"
    cells = [snapshot["risk_tier"], snapshot["name"], "; ".join(stages), f"{snapshot['validity_months']} months"]
    return "| " + " | ".join(map(str, [*cells, snapshot["on_expiry"], releaser])) + " |"


def test_the_policy_table_is_what_a_new_installation_gets(db):
    text = (DOCS / "workflow.md").read_text()
    shown = re.search(r"<!-- policies -->\n.*?\n.*?\n(.*?)\n<!-- /policies -->", text, re.DOTALL).group(1)
    assert shown.splitlines() == [policy_row(policy) for policy in ReviewPolicy.objects.order_by("risk_tier")]


def test_the_action_table_names_every_action():
    text = (DOCS / "workflow.md").read_text()
    table = re.search(r"<!-- actions -->(.*?)<!-- /actions -->", text, re.DOTALL).group(1)
    root = DOCS.parent
    modules = [*root.glob("*/actions.py"), *root.glob("*/actions/*.py")]
    assert len(modules) > 3
    for module in modules:
        source = module.read_text()
        for name in re.findall(r"^@transaction\.atomic\(durable=True\)\ndef ([a-z]\w+)\(", source, re.MULTILINE):
            assert f"`{name}`" in table, name


def test_every_link_between_the_docs_leads_somewhere():
    for page in [DOCS.parent / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_settings_table_names_every_variable():
    source = (DOCS.parent / "cms" / "settings.py").read_text()
    table = (DOCS / "operating.md").read_text()
    for name in re.findall(r'env\.\w+\(\s*"(\w+)"', source):
        assert f"`{name}`" in table, name
