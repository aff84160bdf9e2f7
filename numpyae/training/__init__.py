"""Training: the loop, the model file, the progress line."""
from numpyae.training.checkpoint import load, save
from numpyae.training.loop import Diverged, measure, train

__all__ = ["Diverged", "load", "measure", "save", "train"]
