"""From a cutout to SDSS images: SKIRT input, the embedded engine, PSF and sky."""
