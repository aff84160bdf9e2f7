"""What a run leaves to see and to hear. Import its modules directly: half of them load matplotlib."""
