"""The figures, one module for each kind: it reads tables, draws them, and computes nothing."""
