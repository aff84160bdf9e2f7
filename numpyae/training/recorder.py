"""Record what the animations show while the network trains."""
import numpy as np

from numpyae.audio.segments import cut, notable_starts
from numpyae.evaluation import reconstruct_segments

FRAMES = 151  # the post's iterations 0 to 150
MAX_BYTES = 2**24  # of frames in a checkpoint
LARGEST = float(np.finfo(np.float16).max)


class Recorder:
    """Record the reconstructions of four segments: a frame per iteration, or 151 spread over a longer run.

    names: the segments, "lively" first; starts: name -> first sample in the song; originals: name -> (time,
    channels); frames: [(iteration, array (segments, time, channels)), ...] in order, in float16, which is
    enough for pictures.
    """

    def __init__(self, model, song, *, segment, context, iterations, workers=None):
        self.starts = notable_starts(song, segment)
        self.names = [*self.starts]
        self.frames = []
        self._model, self._context, self._workers = model, context, workers
        self._segments = cut(song, [self.starts[name] for name in self.names], segment, context)
        self.originals = dict(zip(self.names, self._segments[:, context : context + segment], strict=True))
        self._wanted = np.linspace(0, iterations, min(iterations + 1, FRAMES)).round().astype(int).tolist()

    def record(self, iteration):
        """Add a frame of the network after this iteration (0: before the first) if it is to be shown."""
        if iteration in self._wanted:
            self._add_frame(iteration)

    def _add_frame(self, iteration):
        pairs = reconstruct_segments(self._model, self._segments, self._context, self._workers)
        pictures = np.concatenate([reconstruction for _, reconstruction in pairs])
        # what is not finite or too large, as of a network about to diverge, is drawn as large as can be
        pictures = np.nan_to_num(pictures, nan=0.0).clip(-LARGEST, LARGEST).astype(np.float16)
        self.frames.append((iteration, pictures))

    def frames_of(self, name):
        """Return [(iteration, reconstruction (time, channels)), ...] of one segment, in float32."""
        index = self.names.index(name)
        return [(iteration, pictures[index].astype(np.float32)) for iteration, pictures in self.frames]

    def state(self):
        """Return the frames as arrays, pictures and iterations, or an empty dict if they exceed 16 MB."""
        iterations, pictures = zip(*self.frames, strict=True)
        state = {"iterations": np.array(iterations), "pictures": np.stack(pictures)}
        return state if state["pictures"].nbytes <= MAX_BYTES else {}

    def restore(self, state, iteration):
        """Continue after this iteration, keeping those frames of the state that this run would have too.

        If there are none, or they show other segments, the animation starts with the network as it is.
        """
        expected = (len(self.names), *self.originals["lively"].shape)
        if not state or state["pictures"].shape[1:] != expected:
            self._add_frame(iteration)
            return
        wanted = [each for each in self._wanted if each <= iteration]
        nearest = sorted({int(np.abs(state["iterations"] - each).argmin()) for each in wanted})
        pictures = state["pictures"].astype(np.float16)
        self.frames = [(int(state["iterations"][index]), pictures[index]) for index in nearest]
