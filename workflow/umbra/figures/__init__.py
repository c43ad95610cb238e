"""One module a kind of figure; a figure reads tables and computes nothing."""
