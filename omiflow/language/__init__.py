"""The language of rules: what people write, its problems, and what it means to the engine."""
