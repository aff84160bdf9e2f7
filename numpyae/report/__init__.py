"""What a run leaves to look at and to listen to."""
