"""What all tests share: a home for Prefect inside the checkout, and hypothesis without a stop-watch."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

# Prefect makes its home when it is imported, but not the folder above it.
_PREFECT_HOME = os.environ.setdefault("PREFECT_HOME", str(Path(__file__).parents[1] / ".kpi" / "prefect"))
Path(_PREFECT_HOME).mkdir(parents=True, exist_ok=True)

settings.register_profile(
    "tablo", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("tablo")
