"""The embedded synthetic universe: a stand-in for a snapshot of TNG100-1, in its file format."""
