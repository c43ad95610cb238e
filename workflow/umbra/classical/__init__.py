"""The classical methods, to compare the networks with: Tully-Fisher relation, rotation curves."""
