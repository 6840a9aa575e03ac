"""Settings of the tests: the project's own, with a fast password hash and no manifest for static files."""

from cms.settings import *  # noqa: F403
from cms.settings import DATABASES, MIDDLEWARE, STORAGES

SECRET_KEY = "only-for-the-tests-" + "0123456789" * 5
SITE_URL = "http://testserver"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # Threads of a test open their own connections, which must be gone when the test ends.
    DATABASES["default"]["OPTIONS"].pop("pool", None)
    DATABASES["default"]["TEST"] = {"TEMPLATE": "template0"}
