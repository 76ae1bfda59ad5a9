"""Omi's wire: what arrives from Omi becomes values, and what we send to Omi takes its form; rules live elsewhere."""
