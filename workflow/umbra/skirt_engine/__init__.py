"""The embedded engine: called like SKIRT, reads its ski, writes its files."""

# Names SKIRT's resource folder, whose tables then replace the packaged ones.
RESOURCES_VARIABLE = "UMBRA_SKIRT_RESOURCES"
