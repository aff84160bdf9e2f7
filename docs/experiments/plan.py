"""The training runs behind docs/claims.md, and what is measured in each of them."""
from harness import DEFAULTS, name_of

NO_TRAINING = "no training"  # stands for the settings of results that need no training run
DEMO, ARTIST = "demo song", "another demo song"  # made by the same code with another seed
FEATURES = (8, 16, 32, 64, 96, 128, 256)
FEW = (8, 4, 2, 1)
MIRRORED, CONTEXT = {"init": "mirrored"}, {"edges": "context"}
BOTH = {**MIRRORED, **CONTEXT}
BETTER = {
    "the post's": {}, "mirrored start": MIRRORED, "+ context": BOTH,
    "+ an Adam that forgets": {**BOTH, "adam": "both"},
    "+ windows that tile": {**BOTH, "adam": "both", "inner": "rotated"},
    "+ no ReLU that clips": {**BOTH, "adam": "both", "inner": "permuted"},
}
MILESTONES = (0, 10, 50, 150, 300, 1000, 1500, 3000)  # iterations
LOWS, HIGHS = ("31.25", "62.5", "125"), ("8000", "16000")  # octaves, named by their centres in Hz
STEPS = {"1/16": 1 / 16, "1/4": 1 / 4, "1": 1}  # quantisation steps, as multiples of the features' RMS


class Plan:
    """The training runs of all seeds; if quick, one seed, four sizes, and at most 300 iterations."""

    def __init__(self, quick=False):
        self.quick, self.seeds = quick, range(1 if quick else 5)
        self.widths, self.long_widths = (FEATURES[:4], (64,)) if quick else (FEATURES, FEATURES)

    def longest(self, features):
        """Return the number of iterations of a long training run."""
        return 300 if self.quick else 3000 if features < 128 else 1500

    def training_runs(self, songs):
        """Return {(song, name of the settings, seed): (settings, metrics)}, the longest last.

        A metric here may be a prefix of several: "octave" means "octave 125", "octave 250" and so on.
        """
        asked = {}
        for song in songs:
            for seed in self.seeds:
                self._of_a_seed(asked, song, seed)
            self._of_a_song(asked, song, songs)
        for song in songs[:2]:
            self._long(asked, song)
        return asked

    def _of_a_seed(self, asked, song, seed):
        for settings in BETTER.values():
            _ask(asked, song, seed, settings, "snr")
        octaves = [f"octave {each}" for each in LOWS + HIGHS]
        _ask(asked, song, seed, {}, "learned", "segment", "corners ratio", "edge", *octaves)
        _ask(asked, song, seed, MIRRORED, "edge zeros")
        _ask(asked, song, seed, CONTEXT, "edge")
        for sound in ("right negated", "right later"):
            _ask(asked, song, seed, {"sound": sound}, "learned")
        if song == DEMO:
            for adam in ("short memory", "rate falls"):
                _ask(asked, song, seed, {**BOTH, "adam": adam}, "snr")

    def _of_a_song(self, asked, song, songs):
        _ask(asked, song, 0, {}, "probe", *(f"heard {each}" for each in songs if each != song))
        for sound in ("white noise", "treble lifted"):
            _ask(asked, song, 0, {"sound": sound}, "octave")
        for features in self.widths:
            _ask(asked, song, 0, {"features": features}, "snr", "octave")
        if song == DEMO:
            _ask(asked, song, 0, {}, f"heard {ARTIST}")
            for settings in BETTER.values():
                _ask(asked, song, 0, settings, *(f"course {each}" for each in MILESTONES if each <= 150))

    def _long(self, asked, song):
        for features in self.long_widths:
            longest = {"features": features, "iterations": self.longest(features)}
            _ask(asked, song, 0, {"features": features}, "corners")
            _ask(asked, song, 0, longest, "snr", "corners", "octave", *(["course"] if features == 64 else []))
        for features in FEW:
            few = {**MIRRORED, "features": features}
            _ask(asked, song, 0, few, "octave")
            _ask(asked, song, 0, {**few, "iterations": self.longest(features)}, "octave", "coded")


def _ask(asked, song, seed, settings, *metrics):
    settings = {name: value for name, value in settings.items() if value != DEFAULTS[name]}
    asked.setdefault((song, name_of(settings), seed), (settings, set()))[1].update(metrics)
