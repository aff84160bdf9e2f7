"""What the report needs to have seen while the network trained."""
import numpy as np

from numpyae.audio.segments import cut, notable_starts
from numpyae.training import reconstructions

FRAMES = 151  # the post's iterations 0 to 150


class Recorder:
    """Keep what the network makes of a few segments, a frame an iteration, or 151 frames spread over a longer run.

    names: the segments, "lively" first; originals: name -> (time, channels); starts: name -> its place in the song;
    frames: (iteration, name -> reconstruction) in order.
    """

    def __init__(self, model, song, *, length, context, iterations, gallery, workers=None):
        self.starts = notable_starts(song, length)
        self.names = [*self.starts] if gallery else ["lively"]
        self.frames = []
        self._model, self._context, self._workers = model, context, workers
        self._segments = cut(song, [self.starts[name] for name in self.names], length, context)
        inside = slice(context, context + length)
        self.originals = {name: segment[inside] for name, segment in zip(self.names, self._segments)}
        self._wanted = {*np.linspace(0, iterations, min(iterations + 1, FRAMES)).round().astype(int).tolist()}

    def record(self, iteration):
        """Look at the network after an iteration (0: before the first), if the animation has a frame for it."""
        if iteration in self._wanted:
            pairs = reconstructions(self._model, self._segments, self._context, self._workers)
            pictures = np.concatenate([reconstruction for _, reconstruction in pairs])
            self.frames.append((iteration, dict(zip(self.names, pictures))))
