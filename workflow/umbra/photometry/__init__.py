"""From a cutout to SDSS images: SKIRT's input, running SKIRT, PSF and sky."""
