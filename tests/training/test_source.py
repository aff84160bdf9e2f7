"""Which song a run learns: a file, known by its SHA-256, or the demo song."""
import hashlib
import os
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from numpyae import Settings
from numpyae.audio import Song, demo_song, write
from numpyae.errors import InputError
from numpyae.training.source import Source, open_source

SEGMENT_OF_64 = Settings(segment=64)

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_a_sound_file_is_known_by_its_name_its_path_and_its_bytes(song, song_file):
    digest = hashlib.sha256(Path(song_file).read_bytes()).hexdigest()
    found, source, warnings = open_source(song_file, SEGMENT_OF_64)
    assert source == Source("song.wav", os.path.abspath("song.wav"), digest, len(song), 11025, 2)
    assert np.array_equal(found, song) and warnings == []


def test_the_digest_is_that_of_the_bytes_that_were_read_even_if_another_file_takes_their_place(
    song, song_file, monkeypatch
):
    digest = hashlib.sha256(Path(song_file).read_bytes()).hexdigest()
    write("other.wav", song[::-1], 11025)
    open_sound = Song.__init__

    def open_and_replace(self, path):
        open_sound(self, path)
        os.replace("other.wav", path)

    monkeypatch.setattr(Song, "__init__", open_and_replace)
    found, source, _ = open_source(song_file, SEGMENT_OF_64)
    assert source.audio_sha256 == digest and np.array_equal(found, song)


def test_the_demo_song_has_neither_and_is_the_seeds():
    for seed in (0, 3):
        found, source, warnings = open_source(None, Settings(seed=seed))
        assert source == Source(None, None, None, 529200, 44100, 2)
        assert np.array_equal(found, demo_song(seed=seed)) and warnings == []


def test_a_song_shorter_than_a_segment_is_refused():
    write("short.wav", np.zeros((63, 2)), 44100)
    words = r"^expected at least one segment of 64 samples, got 63 \(0.001 s\) in short.wav: give"
    with pytest.raises(InputError, match=words):
        open_source("short.wav", SEGMENT_OF_64)
    with pytest.raises(InputError, match=r"of 600000 samples, got 529200 \(12.000 s\) in the demo song"):
        open_source(None, Settings(segment=600_000))


@pytest.mark.parametrize("audio, got", [
    (np.zeros((9, 2)), "a ndarray"), ((np.zeros((9, 2)), 44100), "a tuple"), (b"song.wav", "a bytes"),
    ("", "''"),
])
def test_what_is_no_path_is_refused_and_arrays_are_sent_to_train(audio, got):
    words = f"^expected the path of a sound file, got {got}: name a file, .* with numpyae.training.train$"
    with pytest.raises(InputError, match=words):
        open_source(audio, SEGMENT_OF_64)


@pytest.mark.parametrize("share, warned", [(0.0, False), (0.0005, False), (0.01, True)])
def test_a_song_that_was_clipped_is_told_in_per_cent(rng, share, warned):
    samples = rng.uniform(-0.5, 0.5, (20_000, 2))
    samples[rng.random(samples.shape) < share] = 1.0
    write("a.wav", samples, 8000)
    _, _, warnings = open_source("a.wav", SEGMENT_OF_64)
    assert bool(warnings) == warned
    if warned:
        assert warnings[0].endswith(" % of the song is at full scale, so it was clipped when it was made")
        assert abs(float(warnings[0].removeprefix("note: ").split(" ")[0]) - 100 * share) < 0.2


def notes_on(samples):
    soundfile.write("a.wav", samples, 8000, subtype="FLOAT")
    return open_source("a.wav", SEGMENT_OF_64)[2]


def test_a_song_over_full_scale_is_not_called_clipped(song):
    (note,) = notes_on(1000 * song)
    assert re.match(r"note: \d\d\.\d % of the song is over full scale, by up to 5\d\.\d dB: it is", note)
    over, at = np.full((1000, 2), 1.5), np.full((1000, 2), 1.0)
    assert [note.split("%")[0] for note in notes_on(np.r_[over, at])] == ["note: 50.0 ", "note: 50.0 "]


@pytest.mark.parametrize("peak, words", {
    0.0: ["note: the song is silent"],
    1e-6: ["note: the song is nearly silent, with a peak of -120 dB"],
    0.01: [],
}.items())
def test_a_song_that_is_all_but_silent_is_told(song, peak, words):
    assert notes_on(song * (peak / np.abs(song).max())) == words


def test_a_song_that_is_cut_off_is_told(song, song_file):
    data = Path(song_file).read_bytes()
    Path("cut.wav").write_bytes(data[: len(data) // 2])
    found, source, warnings = open_source("cut.wav", SEGMENT_OF_64)
    assert source.samples == len(found) < len(song)
    assert warnings == ["warning: cut.wav is cut off: 0.75 s of about 1.50 s are there"]


def test_an_mp3_that_is_cut_off_is_told_and_known_by_what_is_there(rng):
    write("song.mp3", rng.uniform(-0.5, 0.5, (44_100, 2)), 44100)
    data = Path("song.mp3").read_bytes()
    Path("cut.mp3").write_bytes(data[: len(data) // 2])
    found, source, warnings = open_source("cut.mp3", SEGMENT_OF_64)
    assert source.samples == len(found) < 22_050 and len(warnings) == 1
    assert re.fullmatch(r"warning: cut.mp3 is cut off or damaged: 0.4\d s of 1.00 s are there", warnings[0])
