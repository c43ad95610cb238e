"""Methods that astronomers use without networks: Tully-Fisher, rotation curves, their light."""
