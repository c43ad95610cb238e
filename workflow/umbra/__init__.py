"""The dark-matter mass profile of a galaxy, read off its images."""
