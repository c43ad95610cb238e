"""The networks: the only part that imports Keras."""
