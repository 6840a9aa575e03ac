"""The product's own settings; what it writes beside the database goes into the directory of the browser tests."""

import os
from pathlib import Path

from cms.settings import *  # noqa: F403

VAR_DIR = Path(os.environ["E2E_DIRECTORY"])
STATIC_ROOT = VAR_DIR / "static"
