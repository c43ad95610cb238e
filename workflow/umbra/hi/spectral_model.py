"""The line of a gas cell: MARTINI's Gaussian, calculated only in the channels that it reaches."""

import math

import numpy as np
from astropy import units as u
from martini.spectral_models import GaussianSpectrum

from umbra.compiled import compiled

# A Gaussian has 6e-7 of its flux beyond this many standard deviations.
_REACH_SIGMA = 5.0


class NarrowGaussianSpectrum(GaussianSpectrum):
    """Gaussian lines that are 0 in channels more than five standard deviations away.

    A cell's line is a few channels wide, whatever the number of channels. MARTINI's own model
    calculates two error functions for each cell and channel.
    """

    def spectral_function(self, a, b, vmids, extra_data=None, ncpu=1) -> u.Quantity:
        """Return the share of each line in each channel, shape (cells, channels).

        Parameters
        ----------
        a, b : Quantity, shape (1, channels)
            Later and earlier edge of each channel; a channel begins where the one before it ends.
        vmids : Quantity, shape (cells, 1)
            Velocities of the cells.
        extra_data : dict
            ``sigma``: standard deviations of the lines, one for each cell or one for all.
        ncpu : int
            Not used; the loop is serial.
        """
        velocity = vmids.to_value(u.km / u.s)[:, 0]
        sigma = np.broadcast_to(extra_data["sigma"].to_value(u.km / u.s).ravel(), velocity.shape)
        edges = np.append(b.to_value(u.km / u.s)[0], a.to_value(u.km / u.s)[0, -1])
        return _gaussian_shares(edges, velocity, sigma) << u.dimensionless_unscaled


@compiled()
def _gaussian_shares(edges: np.ndarray, centres: np.ndarray, sigmas: np.ndarray) -> np.ndarray:
    shares = np.zeros((len(centres), len(edges) - 1), np.float32)
    for cell in range(len(centres)):
        scale = 1 / sigmas[cell]
        before = (edges[0] - centres[cell]) * scale
        erf_before = math.erf(before * math.sqrt(0.5))
        for channel in range(len(edges) - 1):
            after = (edges[channel + 1] - centres[cell]) * scale
            if min(before, after) > _REACH_SIGMA or max(before, after) < -_REACH_SIGMA:
                erf_after = math.copysign(1.0, after)
            else:
                erf_after = math.erf(after * math.sqrt(0.5))
                shares[cell, channel] = abs(erf_after - erf_before) / 2
            before, erf_before = after, erf_after
    return shares
