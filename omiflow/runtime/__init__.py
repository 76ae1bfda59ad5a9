"""The durable shell: intake, runner, reloader, and the root where everything is put together."""
