"""The configuration of a run: one module a section, loading, printing."""
