"""Everything that exists, as a table."""

from django.conf import settings
from django.urls import include, path

from cms.views import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("api/v1/", include("publishing.urls")),
    path("", include("publishing.site_urls")),
]

if settings.SITE_ROLE == "all":
    from django.contrib import admin

    urlpatterns = [
        path("admin/", admin.site.urls),
        path("api/v1/editorial/", include("articles.urls")),
        path("api/v1/editorial/", include("reviews.urls")),
        path("api/v1/editorial/", include("publishing.editorial_urls")),
        *urlpatterns,
    ]

handler400 = "cms.errors.bad_request"
handler403 = "cms.errors.forbidden"
handler404 = "cms.errors.not_found"
handler500 = "cms.errors.server_error"
