"""What limelight can do, a package each."""
