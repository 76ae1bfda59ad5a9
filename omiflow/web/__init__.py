"""HTTP: hooks for Omi, the API, health and metrics."""
