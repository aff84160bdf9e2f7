"""The report of a run. Import its modules directly: half of them load matplotlib."""
