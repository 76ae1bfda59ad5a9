"""Phrases in what people say: words, templates, the index of phrases, and the stream of a user's speech. Pure.

Which rule a phrase starts is left to the engine.
"""
