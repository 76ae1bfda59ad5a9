"""What rules can do to the world; when and how often it is done is left to the runtime."""
