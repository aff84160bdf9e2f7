"""A stereo sound autoencoder in NumPy alone: every gradient written by hand, trained on one song in seconds.

Names load on first use, because a command must set the number of BLAS threads before NumPy is imported.
"""
import importlib

__version__ = "0.1.0"

_HOMES = {
    "Adam": "numpyae.nn", "Autoencoder": "numpyae.autoencoder", "Conv1d": "numpyae.nn",
    "ConvTranspose1d": "numpyae.nn", "ReLU": "numpyae.nn", "Run": "numpyae.training",
    "Sequential": "numpyae.nn", "Settings": "numpyae.training", "check_gradients": "numpyae.nn",
    "load": "numpyae.training", "mse": "numpyae.nn",
}
__all__ = list(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'numpyae' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__():
    return [*globals(), *__all__]
