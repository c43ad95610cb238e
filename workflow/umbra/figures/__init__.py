"""The figures, one module for each kind: it reads tables, draws them, and computes nothing.

What a user has set for matplotlib is left out before matplotlib is imported.
"""

from umbra.environment import prepare_environment

prepare_environment()
