"""The stand-in for Omi: what rules call, and what calls them.

It leaves rules, decisions and their storage to omiflow itself; it only plays the world around it.
"""
