"""Deciding: compiled rules, conditions, templates, match and plan; pure, without clock, network or store."""
