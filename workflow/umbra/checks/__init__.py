"""What can be known before the first job runs: checked in a second, not after hours."""
