"""What the report needs to have seen while the network trained."""
import numpy as np

from numpyae.audio.segments import cut, notable_starts
from numpyae.training import reconstructions

FRAMES = 151  # the post's iterations 0 to 150
KEPT = 2**24  # bytes of frames that a checkpoint may hold


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
        self._wanted = np.linspace(0, iterations, min(iterations + 1, FRAMES)).round().astype(int).tolist()

    def record(self, iteration):
        """Look at the network after an iteration (0: before the first), if the animation has a frame for it."""
        if iteration in self._wanted:
            self.look(iteration)

    def look(self, iteration):
        """Look at the network after an iteration."""
        pairs = reconstructions(self._model, self._segments, self._context, self._workers)
        pictures = np.concatenate([reconstruction for _, reconstruction in pairs])
        self.frames.append((iteration, dict(zip(self.names, pictures))))

    def state(self):
        """Return the frames as arrays for a checkpoint, or an empty dict where they would need more than 16 MB."""
        frames = np.array([[pictures[name] for name in self.names] for _, pictures in self.frames])
        iterations = np.array([iteration for iteration, _ in self.frames])
        return {"frames": frames, "frame_iterations": iterations} if frames.nbytes <= KEPT else {}

    def go_on(self, training):
        """Take the frames of a checkpoint's training, those that a run of so many iterations has; or else begin here."""
        steps, iterations = training["steps"], training.get("frame_iterations", [])
        if len(iterations) and training["frames"].shape[1:] == self._inside_shape():
            wanted = [iteration for iteration in self._wanted if iteration <= steps]
            kept = sorted({int(np.abs(iterations - iteration).argmin()) for iteration in wanted})
            self.frames = [(int(iterations[each]), dict(zip(self.names, training["frames"][each]))) for each in kept]
        else:
            self.look(steps)

    def _inside_shape(self):
        return (len(self.names), *self.originals["lively"].shape)
