"""The commands, one file per group; each is imported only when it is called."""
