"""The embedded engine: called like SKIRT, reads its ski, writes its files."""
