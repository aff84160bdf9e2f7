"""A synthesised demo song, so that everything works without a sound file."""
import numpy as np

BEAT = 0.75  # seconds: 80 beats a minute, four beats a bar
# Am7 Fmaj7 C G7, as MIDI notes
CHORDS = ((57, 60, 64, 67), (53, 57, 60, 64), (48, 55, 60, 64), (55, 59, 62, 65))
LOWEST_RATE = 1000  # Hz
CENTRE = 0.5  # pan, from 0 (left) to 1 (right)


def demo_song(seconds=12.0, rate=44100, seed=0):
    """Play a short stereo tune: (time, 2) float32, peak 0.8, rounded to 16 bits to be the same everywhere.

    An electric piano is on the left, a plucked melody improvised from `seed` on the right, bass and drums in
    the middle, all in a small room. rate in Hz, at least 1000. Raises ValueError for a lower rate, and for a
    song of less than one sample.
    """
    if not (rate >= LOWEST_RATE and seconds * rate >= 1):
        raise ValueError(
            f"expected at least one sample and at least {LOWEST_RATE} Hz, got {seconds} s at {rate} Hz: "
            "give a longer time or a higher rate"
        )
    rng = np.random.default_rng(seed)
    band = _Band(round(seconds * rate), rate)
    for bar in range(int(np.ceil(seconds / (4 * BEAT)))):
        _play_bar(band, 4 * bar * BEAT, CHORDS[bar % len(CHORDS)], rng)
    song = _in_a_room(band.mix, rate, rng)
    song *= np.minimum(1, np.arange(len(song), 0, -1) / (0.3 * rate))[:, None]  # a fade-out
    peak = np.abs(song).max(initial=1e-9)
    return (np.round(song * (0.8 * 32768 / peak)) / 32768).astype(np.float32)


def _play_bar(band, start, chord, rng):
    for strum, note in enumerate(chord):
        for beat in (0, 2.5):
            at = start + beat * BEAT + 0.012 * strum
            band.tone(at, note, 1.6, 0.10, pan=0.15, decay=1.2, brightness=0.45)
    for beat, octave in ((0, 0), (1.5, 0), (2, 1), (3.5, 0)):
        note = chord[0] - 24 + 12 * octave
        band.tone(start + beat * BEAT, note, 0.7, 0.34, pan=CENTRE, decay=2.0, brightness=0.5)
    scale = [note + 12 * octave for note in chord for octave in (1, 2)]
    for eighth in range(8):
        if eighth % 4 == 0 or rng.random() < 0.75:
            note, loud = int(rng.choice(scale)), rng.uniform(0.10, 0.17)
            band.tone(start + eighth * BEAT / 2, note, 0.9, loud, pan=0.85, decay=1.5, brightness=0.75)
    for beat in range(4):
        band.kick(start + beat * BEAT, 0.5 if beat % 2 == 0 else 0.25)
        band.noise(start + beat * BEAT, 0.06, 0.05, 0.8, rng, pan=0.7)
        band.noise(start + (beat + 0.5) * BEAT, 0.12, 0.035, 0.8, rng, pan=0.7)
    for beat in (1, 3):
        band.noise(start + beat * BEAT, 0.25, 0.16, 0.0, rng, pan=0.45)


class _Band:
    """Instruments that add themselves to `mix`, (time, 2)."""

    def __init__(self, length, rate):
        self.rate = rate
        self.mix = np.zeros((length, 2))

    def _time(self, seconds):
        return np.arange(int(seconds * self.rate)) / self.rate

    def _add(self, start, sound, pan):
        begin = round(start * self.rate)
        sound = sound[: max(0, len(self.mix) - begin)]
        angle = pan * np.pi / 2  # equal power from left to right
        self.mix[begin : begin + len(sound)] += sound[:, None] * (np.cos(angle), np.sin(angle))

    def tone(self, start, note, seconds, loudness, *, pan, decay, brightness):
        """Play a string: harmonic h is z^h of one decaying rotation z, so high ones are weak and short."""
        frequency = 440 * 2 ** ((note - 69) / 12)
        time = self._time(seconds)
        z = np.exp((2j * np.pi * frequency - decay) * time)
        harmonics = min(24, int(0.45 * self.rate / frequency))
        weights = brightness ** np.arange(harmonics, 0, -1)  # highest first, as polyval takes them
        sound = np.polyval([*weights, 0], z).imag / brightness
        fade = np.minimum(1, np.minimum(time / 0.004, (seconds - time) / 0.05))
        self._add(start, loudness * fade * sound, pan)

    def kick(self, start, loudness):
        """Play a kick drum: a sine that falls from 140 to 48 Hz."""
        time = self._time(0.3)
        phase = 2 * np.pi * (48 * time + (140 - 48) * 0.03 * (1 - np.exp(-time / 0.03)))
        fade = np.minimum(1, (0.3 - time) / 0.05)
        self._add(start, loudness * np.sin(phase) * np.exp(-time / 0.08) * fade, CENTRE)

    def noise(self, start, seconds, loudness, sharpness, rng, *, pan):
        """Play a snare or a hi-hat: decaying noise; sharpness removes its low frequencies."""
        time = self._time(seconds)
        hiss = rng.standard_normal(len(time) + 1)
        self._add(start, loudness * (hiss[1:] - sharpness * hiss[:-1]) * np.exp(-4 * time / seconds), pan)


def _in_a_room(dry, rate, rng):
    """Add a short reverberation, with different noise for each ear: 0.3 s, 16 dB below the direct sound."""
    from scipy.signal import oaconvolve  # here, because importing it takes longer than playing the song

    time = np.arange(int(0.3 * rate)) / rate
    room = rng.standard_normal((len(time), 2)) * np.exp(-time / 0.07)[:, None] * (time > 0.008)[:, None]
    room *= 10 ** (-16 / 20) / np.sqrt(np.square(room).sum(axis=0))
    mono = dry.mean(axis=1, keepdims=True)
    return dry + oaconvolve(np.repeat(mono, 2, axis=1), room, axes=0)[: len(dry)]
