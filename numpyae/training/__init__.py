"""Training: the loop, the model file, the progress line."""
from numpyae.training.checkpoint import load, save
from numpyae.training.loop import Diverged, edge_errors, measure, reconstructions, train

__all__ = ["Diverged", "edge_errors", "load", "measure", "reconstructions", "save", "train"]
