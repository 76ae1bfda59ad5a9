"""The durable record: events, runs, journals, tallies and marks; deciding and doing are left to others."""
