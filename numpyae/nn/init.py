"""How kernels start: random numbers whose size keeps a signal's size through the layers.

A kernel is (kernel, inputs, outputs), as in conv.py. Biases start at zero.
"""
import math

import numpy as np


def glorot(rng, shape):
    """Draw a kernel uniformly from +-sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010, equation 16).

    As in the post's framework, both fans count the kernel: fan_in + fan_out = kernel * (inputs + outputs).
    """
    kernel, inputs, outputs = shape
    limit = math.sqrt(6 / (kernel * (inputs + outputs)))
    return rng.uniform(-limit, limit, shape)


def he(rng, shape, fan_in):
    """Draw a normal kernel of variance 2 / fan_in (He et al. 2015, arXiv:1502.01852, equation 10).

    fan_in is how many products are summed for one output. Behind a ReLU half of them are zero, hence the 2.
    """
    return rng.normal(0, math.sqrt(2 / fan_in), shape)


def tight_frame(rng, dimensions, count):
    """Draw `count` evenly spread directions: a matrix (dimensions, count), uniform over rotations.

    Up to `dimensions` of them are orthonormal: u.T @ u = 1. If there are more, u @ u.T = 1 instead, so that
    together they still weigh every direction alike, and u @ (u.T @ v) = v (a Parseval frame).
    """
    q, r = np.linalg.qr(rng.standard_normal((max(dimensions, count), min(dimensions, count))))
    q *= np.sign(np.diag(r))  # otherwise the distribution of q depends on LAPACK's sign convention
    return q if count <= dimensions else q.T


def mirror(rng, encoder, decoder, signed):
    """Start a convolution and its transpose as close to an identity as random kernels can be.

    The encoder's filters are evenly spread directions u; the decoder's kernel is the encoder's, scaled. Where
    the input has both signs, filters come in pairs u and -u: relu(u.v) u + relu(-u.v)(-u) = (u.v) u, so the
    ReLU loses nothing. Elsewhere filters stand alone, the ReLU passes half of what it is given, and the scale
    makes up for that. The scale also divides by the number of windows that overlap at each sample.
    """
    kernel, inputs, outputs = encoder.w.shape
    if signed:
        u = tight_frame(rng, kernel * inputs, (outputs + 1) // 2)
        filters = np.concatenate([u, -u], axis=1)[:, :outputs]
    else:
        filters = tight_frame(rng, kernel * inputs, outputs)
    overlap = max(1, kernel / encoder.stride)
    encoder.w[...] = filters.reshape(encoder.w.shape)
    decoder.w[...] = encoder.w * ((1 if signed else 2) / overlap)
