"""The sounds, read back: what is kept to the bit, what is rounded, and what the page is told of it."""
import io

import numpy as np
import pytest
import soundfile
from example_facts import example_facts
from small import grid

from numpyae.report.sounds import flacs, write_sounds


def facts_of(original, reconstruction, rate=8000):
    return example_facts(original.shape[1], original=original, reconstruction=reconstruction, rate=rate)


def wavs(folder, facts):
    """Return (subtype, samples) of both WAVs that are written, in float64."""
    write_sounds(folder, facts)
    assert {path.name for path in folder.iterdir()} == {"original.wav", "reconstruction.wav"}
    for name in ("original", "reconstruction"):
        samples, rate = soundfile.read(folder / f"{name}.wav")
        assert rate == facts.rate
        yield soundfile.info(folder / f"{name}.wav").subtype, samples


def decoded(facts):
    """Return both FLACs in float64, and the sentences about them."""
    files, notes = flacs(facts)
    assert [*files] == ["original.flac", "reconstruction.flac"]
    sounds = []
    for data in files.values():
        info = soundfile.info(io.BytesIO(data))
        assert (info.format, info.subtype, info.samplerate) == ("FLAC", "PCM_16", facts.rate)
        sounds.append(soundfile.read(io.BytesIO(data), always_2d=True)[0])
    return *sounds, notes


def test_a_song_of_16_bits_is_kept_in_16_bits_and_its_reconstruction_rounded(tmp_path, rng):
    song = grid(rng)
    song[:2, 0] = -1, 1 - 2**-15  # the lowest and the highest number of 16 bits
    made = np.clip(0.9 * song + 0.01 * rng.standard_normal(song.shape), -1, 1)
    (kind, original), (other, reconstruction) = wavs(tmp_path, facts_of(song, made))
    assert kind == other == "PCM_16" and np.array_equal(original, song)
    assert np.abs(reconstruction - made).max() <= 2**-15


@pytest.mark.parametrize("louder, finer", [(1.1, 0), (1, 2**-17)])
def test_what_16_bits_would_clip_or_round_is_kept_in_floats(tmp_path, rng, louder, finer):
    song = grid(rng) + np.float32(finer)
    made = np.float32(0.9 * song)
    made[0] = louder
    (kind, original), (other, reconstruction) = wavs(tmp_path, facts_of(song, made))
    assert kind == other == "FLOAT"
    assert np.array_equal(original, song) and np.array_equal(reconstruction, made)


def test_an_original_beyond_full_scale_is_not_clipped(tmp_path, rng):
    song = 2 * grid(rng)
    (kind, original), _ = wavs(tmp_path, facts_of(song, 0.4 * song))
    assert kind == "FLOAT" and np.array_equal(original, song)


@pytest.mark.parametrize("channels, rate", [(1, 44100), (2, 44100), (8, 48000), (2, 1), (2, 8), (2, 655_350)])
def test_the_page_has_the_song_to_the_bit_and_the_reconstruction_to_16_bits(rng, channels, rate):
    song = grid(rng, channels=channels)
    original, reconstruction, notes = decoded(facts_of(song, 0.9 * song, rate))
    assert np.array_equal(original, song) and notes == []
    assert np.abs(reconstruction - 0.9 * song).max() <= 2**-16


@pytest.mark.parametrize("peak, sentence", [
    (4.0, "In this page both are turned down by 12.0 dB, or they would be clipped."),
    (0.001, "In this page both are turned up by 60.0 dB."),
    (1e-6, "In this page both are turned up by 120.0 dB."),
    (1e-40, "In this page both are turned up by 800.0 dB."),
])
@pytest.mark.parametrize("louder", ["original", "reconstruction"])
def test_sounds_that_16_bits_cannot_hold_are_both_turned_to_full_scale(rng, peak, sentence, louder):
    loud, soft = rng.uniform(-peak, peak, (500, 2)), rng.uniform(-peak, peak, (500, 2)) / 2
    loud[7, 0] = -peak
    both = (loud, soft) if louder == "original" else (soft, loud)
    *sounds, notes = decoded(facts_of(*map(np.float32, both)))
    assert notes == [sentence]
    for sound, given in zip(sounds, both, strict=True):
        np.testing.assert_allclose(sound, given / peak, atol=2**-14)


@pytest.mark.parametrize("peak", [0.01, 0.5, 1.0])
def test_what_16_bits_can_hold_is_not_turned_up_or_down(rng, peak):
    song = rng.uniform(-peak, peak, (500, 2))
    song[3, 1] = peak
    original, _, notes = decoded(facts_of(song, song))
    assert notes == [] and np.abs(original - song).max() <= 2**-15


def test_silence_is_silence(tmp_path):
    silence = np.zeros((100, 2), np.float32)
    original, reconstruction, notes = decoded(facts_of(silence, silence))
    assert not original.any() and not reconstruction.any() and notes == []
    assert [kind for kind, _ in wavs(tmp_path, facts_of(silence, silence))] == ["PCM_16"] * 2


def test_of_more_channels_than_a_flac_holds_the_page_has_two(rng):
    song = grid(rng, channels=9)
    song[0, 8] = 1.5  # which does not matter to the others
    original, reconstruction, notes = decoded(facts_of(song, song[::-1]))
    assert notes == ["This page has their first two channels only."]
    assert np.array_equal(original, song[:, :2]) and np.array_equal(reconstruction, song[::-1, :2])


def test_a_rate_that_no_flac_holds_leaves_the_page_without_sounds_and_says_where_they_are(rng):
    files, notes = flacs(facts_of(grid(rng), grid(rng), rate=768_000))
    assert files == {} and notes == [
        "A page cannot hold a sound of 768,000 Hz: listen to original.wav and reconstruction.wav in the "
        "folder of the run."
    ]
