"""The embedded synthetic universe: writes files in the layout of IllustrisTNG."""
