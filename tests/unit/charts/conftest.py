"""How patient the property tests of the charts are."""

from hypothesis import settings

# Machines that run the suite are shared: a slow example is no failure.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
