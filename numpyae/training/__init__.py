"""Training: the settings, the loop, and the run that keeps everything in its folder."""
from numpyae.training.checkpoint import load, load_state, save
from numpyae.training.loop import Diverged, train, training_steps
from numpyae.training.run import Run
from numpyae.training.settings import Settings

__all__ = ["Diverged", "Run", "Settings", "load", "load_state", "save", "train", "training_steps"]
