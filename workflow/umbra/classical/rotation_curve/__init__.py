"""Dark matter from a rotation curve: tilted rings, light profile, mass model, comparison.

The modules in the order of the pipeline: `gas_maps`, `selection`, `velocity_field`, `ring_fit`
(with `barolo` and `rings`), `light`, `mass_to_light`, `stars`, `gas`, `mass_model`, `posterior`,
`galaxy_fit`, `comparison`; `idealised` tests the mass model alone.
"""
