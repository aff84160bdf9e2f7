"""Rounding: within about half a step, and zeros filled with what a band lacks, the same each time."""
import numpy as np
import pytest

from numpyae.codec.attacks import first_tone
from numpyae.codec.bands import SILENT
from numpyae.codec.container import Header
from numpyae.codec.rounding import LARGEST, MOST_NOISE, heard, log_steps, outline, rounded

HEADER = Header(44_100, 2, 0, 256, -200, 42, 38)
EDGES = HEADER.edges
WIDTHS, BANDS = np.diff(EDGES), len(EDGES) - 1


def tones_of(rng, windows=8, channels=2):
    """Return noise whose bands are of different loudness: (windows, channels, tones)."""
    levels = rng.integers(-6, 4, (windows, channels, BANDS))
    noise = rng.standard_normal((windows, channels, EDGES[-1]))
    return (noise * np.repeat(2.0**levels, WIDTHS, axis=-1)).astype(np.float32)


def steps_of(outlined, header):
    """Return the rounding step of each tone: it grows with the loudest channel's octaves."""
    levels = outlined[..., :-2].max(axis=1, keepdims=True)
    return np.repeat(2.0 ** (header.gain / 64) * 2.0 ** (header.gamma / 64 * levels), WIDTHS, axis=-1)


def unfiltered(tones, header):
    outlined = outline(tones, header)
    outlined[..., -2:] = 0
    return outlined


def test_the_outline_is_the_loudness_of_the_bands_and_two_coefficients(rng):
    tones = tones_of(rng)
    outlined = outline(tones, HEADER)
    assert outlined.shape == (8, 2, BANDS + 2) and outlined.dtype == np.int64
    rms = np.sqrt(np.add.reduceat(np.square(tones), EDGES[:-1], axis=-1) / WIDTHS)
    assert abs(outlined[0, :, :-2] - np.log2(rms[0])).max() < 0.51
    assert abs(outlined[..., -2:]).max() <= 7


@pytest.mark.parametrize("gamma", [0, 42, 64])
def test_the_step_grows_with_the_loudest_channel(rng, gamma):
    header, levels = HEADER._replace(gamma=gamma), rng.integers(-20, 32, (5, 3, 4))
    steps = log_steps(levels, header)
    assert steps.dtype == np.int64 and np.array_equal(steps, -200 + gamma * levels.max(axis=1))


@pytest.mark.parametrize("gain", [-500, -200, 0])
def test_tones_are_rounded_to_within_six_tenths_of_a_step(rng, gain):
    header, tones = HEADER._replace(gain=gain, fill=0), tones_of(rng)
    outlined = unfiltered(tones, header)
    numbers, steps = rounded(tones, outlined, header), steps_of(outlined, header)
    assert numbers.dtype == np.int16 and numbers.any()
    error = (tones - numbers * steps) * np.sign(tones) / steps  # positive: rounded towards zero
    assert -0.4 - 1e-3 < error.min() and error.max() < 0.6 + 1e-3
    np.testing.assert_allclose(heard(outlined, numbers, header, 0), numbers * steps, rtol=1e-5)


def test_with_filters_it_is_what_is_not_foretold_that_is_rounded(rng):
    header, tones = HEADER._replace(gain=-300, fill=0), tones_of(rng)
    outlined, first = unfiltered(tones, header), first_tone(header)
    before = rounded(tones, outlined, header)
    outlined[..., -2:] = 4, -3
    numbers = rounded(tones, outlined, header)
    assert np.array_equal(numbers[..., :first], before[..., :first])
    assert not np.array_equal(numbers[..., first + 2 :], before[..., first + 2 :])
    error = (heard(outlined, numbers, header, 0) - tones) / steps_of(outlined, header)
    assert np.square(error[..., first:]).mean() < 2 * np.square(error[..., :first]).mean()


def test_numbers_are_no_larger_than_can_be_told():
    tones = np.full((1, 1, EDGES[-1]), 1e9, np.float32) * np.array([[[1], [-1]]]).reshape(1, 2, 1)
    numbers = rounded(tones, unfiltered(tones, HEADER), HEADER._replace(gain=-1000))
    assert set(np.unique(numbers)) == {-LARGEST, LARGEST}


@pytest.mark.parametrize("filters, levels", [((0, 0), range(-3, 4)), ((5, -6), [-2]), ((-6, -4), [3])])
def test_bands_of_zeros_are_filled_up_to_their_energy_and_no_more(filters, levels):
    header, first = HEADER._replace(gain=600, fill=64), np.searchsorted(EDGES, first_tone(HEADER))
    outlined = np.zeros((2000, 2, BANDS + 2), np.int64)
    outlined[..., :-2] = np.resize(levels, BANDS)
    outlined[..., -2:] = filters
    tones = heard(outlined, np.zeros((2000, 2, EDGES[-1]), np.int16), header, 0)
    power = np.add.reduceat(np.square(tones), EDGES[:-1], axis=-1).mean(axis=(0, 1)) / WIDTHS
    share = power / 4.0 ** outlined[0, 0, :-2]
    np.testing.assert_allclose(share[:first], 1, rtol=0.06)
    np.testing.assert_allclose(share[first + 2 :], 1, rtol=0.06 if filters == (0, 0) else 0.12)
    assert (share[first : first + 2] < 1.06).all()  # a filter needs some tones to get into its stride


def test_bands_with_some_zeros_keep_about_the_energy_that_they_had(rng):
    header = HEADER._replace(fill=64, gain=0)
    tones = tones_of(rng, windows=300)
    outlined = unfiltered(tones, header)
    numbers = rounded(tones, outlined, header)
    filled, bare = (heard(outlined, numbers, header._replace(fill=fill), 0) for fill in (64, 0))
    energy, of_filled, of_bare = (np.square(x).sum(axis=(0, 1)) for x in (tones, filled, bare))
    assert (of_bare <= of_filled).all() and of_bare.sum() < of_filled.sum() < 1.1 * energy.sum()
    assert np.array_equal(filled[numbers != 0], bare[numbers != 0])


@pytest.mark.parametrize("has", [0.5, 0.75, 1, 2])
def test_noise_adds_to_a_band_what_its_numbers_lack_and_no_more(has):
    width = WIDTHS[-1]
    header = HEADER._replace(gain=round(32 * np.log2(has * width)), fill=64, gamma=0)
    outlined = np.zeros((2000, 1, BANDS + 2), np.int64)  # of bands whose rms is 1
    numbers = np.zeros((2000, 1, EDGES[-1]), np.int16)
    numbers[..., -1] = 1  # one number has this share of the last band's energy
    noise = heard(outlined, numbers, header, 0)[..., -width:-1]
    added = np.square(noise).sum(axis=-1).mean()
    assert added == pytest.approx(max(0, width - 2 ** (header.gain / 32)), rel=0.05, abs=0.05)


@pytest.mark.parametrize("fill", [0, 16, 38, 64])
def test_noise_is_uniform_and_in_proportion_to_the_fill(fill):
    header = HEADER._replace(gain=0, fill=fill, gamma=0)  # steps of 1
    outlined = np.zeros((200, 2, BANDS + 2), np.int64)
    noise = heard(outlined, np.zeros((200, 2, EDGES[-1]), np.int16), header, 0)
    rms = fill / 64 * MOST_NOISE
    assert np.sqrt(np.square(noise).mean()) == pytest.approx(rms, rel=0.02)
    assert abs(noise).max(initial=0) <= 3**0.5 * rms + 1e-6 and abs(noise.mean()) < 0.01


def test_silence_stays_exact_zeros_beside_bands_that_sound(rng):
    tones = tones_of(rng)
    tones[2:4] = tones[:, 1, : EDGES[5]] = 0
    outlined = outline(tones, HEADER)
    assert (outlined[2:4, :, :-2] == SILENT).all()
    back = heard(outlined, rounded(tones, outlined, HEADER), HEADER, 0)
    assert not back[2:4].any() and not back[:, 1, : EDGES[5]].any() and back[4:, 0].any()


def test_the_page_number_alone_seeds_the_noise(rng):
    tones = tones_of(rng)
    outlined = outline(tones, HEADER)
    numbers = rounded(tones, outlined, HEADER)
    once, again, other = (heard(outlined, numbers, HEADER, page) for page in (3, 3, 4))
    assert np.array_equal(once, again) and not np.array_equal(once, other)
    assert once.dtype == np.float32


def test_what_is_given_stays_as_it_was(rng):
    tones = tones_of(rng)
    kept = tones.copy()
    outlined = outline(tones, HEADER)
    outlined_before = outlined.copy()
    numbers = rounded(tones, outlined, HEADER)
    numbers_before = numbers.copy()
    heard(outlined, numbers, HEADER, 0)
    assert np.array_equal(tones, kept) and np.array_equal(outlined, outlined_before)
    assert np.array_equal(numbers, numbers_before)


@pytest.mark.parametrize("rate", [1, 8_000, 2**31 - 1])
def test_a_rate_without_high_or_with_but_one_tone_is_rounded_too(rng, rate):
    header = HEADER._replace(rate=rate)
    tones = rng.standard_normal((3, 2, header.edges[-1])).astype(np.float32)
    outlined = outline(tones, header)
    back = heard(outlined, rounded(tones, outlined, header), header, 0)
    assert back.shape == tones.shape and np.isfinite(back).all()
