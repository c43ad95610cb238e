"""A radiative-transfer program that is called like SKIRT 9, reads its ski and writes its files."""

# Environment variable with SKIRT's resource folder, whose tables then replace the packaged ones.
RESOURCES_VARIABLE = "UMBRA_SKIRT_RESOURCES"
