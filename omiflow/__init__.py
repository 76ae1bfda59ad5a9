"""omiflow: rules for the Omi wearable."""

__version__ = "0.1.0"
