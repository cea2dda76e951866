"""What all tests share: hypothesis does not judge by the clock, and says how to repeat a failure."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tablo", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("tablo")
