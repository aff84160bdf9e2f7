"""How the kernels start: random numbers whose size keeps a signal's size through the layers.

A kernel is (kernel, long, short), as in conv.py. Biases start at zero.
"""
import math

import numpy as np


def glorot(rng, shape):
    """Draw a kernel evenly from +-sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010, equation 16).

    The rule of the post's framework, where both fans count the kernel: fan_in + fan_out = kernel * (long + short).
    """
    kernel, long, short = shape
    limit = math.sqrt(6 / (kernel * (long + short)))
    return rng.uniform(-limit, limit, shape)


def he(rng, shape, fan_in):
    """Draw a normal kernel of variance 2 / fan_in (He et al. 2015, arXiv:1502.01852, equation 10).

    fan_in is how many numbers an output is the sum of; half of them are zero behind a ReLU, hence the 2.
    """
    return rng.normal(0, math.sqrt(2 / fan_in), shape)


def tight_frame(rng, dimensions, count):
    """Draw `count` directions spread evenly over a space: a matrix (dimensions, count), uniform over rotations.

    Up to `dimensions` of them are orthonormal: u.T @ u = 1. More cannot be; then u @ u.T = 1 instead, so that together
    they still weigh every direction alike and u @ (u.T @ v) = v (a Parseval frame).
    """
    q, r = np.linalg.qr(rng.standard_normal((max(dimensions, count), min(dimensions, count))))
    q *= np.sign(np.diag(r))  # without it the law of q hangs on the signs that LAPACK happens to choose
    return q if count <= dimensions else q.T
