"""How long the reading page of a long edition takes: python -m benchmarks.reading_page

Sixty viewpoints, 150,000 characters, a third of them changed, ten comments. SQLite in memory, one process, no network.
Prints the median of nine requests for each way of reading, in seconds, and the number of queries.
"""

import os
import statistics
import time

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext, setup_test_environment, teardown_test_environment

    setup_test_environment()
    name = connection.creation.create_test_db(verbosity=0)
    try:
        from tests import cast
        from tests.long_edition import make_long_edition

        line = cast.Line(cast.make_people())
        edition = make_long_edition(line)
        size = sum(len(row["body_html"]) for row in edition.content["viewpoints"])
        print(f"{len(edition.content['viewpoints'])} viewpoints, {size:,} characters")
        client = Client()
        client.force_login(line.people.ben)
        for words, query in (("the whole text", {}), ("changes since live", {"since": "live"})):
            took = []
            for _ in range(9):
                began = time.perf_counter()
                with CaptureQueriesContext(connection) as queries:
                    client.get(f"/admin/reviews/edition/{edition.pk}/change/", query)
                took.append(time.perf_counter() - began)
            print(f"{words}: {statistics.median(took):.2f} s, {len(queries)} queries")
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


if __name__ == "__main__":
    main()
