"""The configuration of a run: a module for each section, loading, printing."""
