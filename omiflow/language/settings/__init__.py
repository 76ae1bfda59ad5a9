"""The configuration: its written form, where its values come from, and what others see of it."""
