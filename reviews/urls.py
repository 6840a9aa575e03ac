"""The editorial API of reviews, as a table."""

from django.urls import path

from reviews import api

urlpatterns = [
    path("articles/<uuid:article_id>/editions/", api.Editions.as_view(), name="editorial-editions"),
    path("editions/<int:edition_id>/", api.EditionDetail.as_view(), name="editorial-edition"),
    path("editions/<int:edition_id>/decisions/", api.Decisions.as_view(), name="editorial-decisions"),
    path("editions/<int:edition_id>/revocations/", api.Revocations.as_view(), name="editorial-revocations"),
    path("editions/<int:edition_id>/recalls/", api.Recalls.as_view(), name="editorial-recalls"),
    path("editions/<int:edition_id>/restorations/", api.Restorations.as_view(), name="editorial-restorations"),
]
