"""Proof: what rules would do, shown before they do it, by the functions that serve live events."""
