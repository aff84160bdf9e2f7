"""Training: the loop, the model file, the progress line."""
from numpyae.training.checkpoint import load, load_training, save
from numpyae.training.loop import Diverged, edge_errors, measure, reconstructions, train

__all__ = ["Diverged", "edge_errors", "load", "load_training", "measure", "reconstructions", "save", "train"]
