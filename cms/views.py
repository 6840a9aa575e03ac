"""The health check."""

import logging

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from cms.guards import install

logger = logging.getLogger(__name__)


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and holds every guard; 503 with what is wrong."""
    try:
        connection.ensure_connection()
        missing = install.missing()
    except Error:
        logger.exception("health check: the database does not answer")
        return JsonResponse({"status": "database-down"}, status=503, headers={"Cache-Control": "no-store"})
    if missing:
        logger.error("health check: guards missing: %s", ", ".join(missing))
        return JsonResponse({"status": "guards-missing"}, status=503, headers={"Cache-Control": "no-store"})
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
