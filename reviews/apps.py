"""Frozen editions, policies, decisions and the event log. Imports articles."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
