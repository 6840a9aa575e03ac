"""The editorial API of publication, as a table."""

from django.urls import path

from publishing.editorial_api import Publications, Withdrawals

urlpatterns = [
    path("editions/<int:edition_id>/publications/", Publications.as_view(), name="editorial-publications"),
    path("publications/<int:publication_id>/withdrawals/", Withdrawals.as_view(), name="editorial-withdrawals"),
]
