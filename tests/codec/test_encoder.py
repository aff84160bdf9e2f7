"""Sound to bytes: of the size that was asked for, whatever the sound, or no in one sentence."""
import math

import numpy as np
import pytest
import soundfile

from numpyae.audio import Song, demo_song, snr_db
from numpyae.codec import compress, container, decompress, split
from numpyae.codec.encoder import COARSEST, FINEST, encode, header_for, search
from numpyae.errors import InputError

RATE = 8000


@pytest.fixture(scope="module")
def song():
    """A second of stereo that nobody can write to."""
    song = demo_song(1.0, RATE)
    song.flags.writeable = False
    return song


@pytest.mark.parametrize("seconds, rate, kbps", [
    (1.5, RATE, 24),
    *(pytest.param(12, 44_100, kbps, marks=pytest.mark.slow) for kbps in (24, 48, 64, 96)),
])
def test_a_file_is_as_large_as_was_asked(seconds, rate, kbps):
    song = demo_song(seconds, rate)
    asked = 125 * kbps * len(song) / rate
    assert 0.985 * asked <= len(compress(song, rate, kbps)) <= 1.005 * asked


@pytest.mark.slow
def test_above_a_minute_a_file_is_nearly_as_large_as_was_asked():
    song = demo_song(64, RATE)
    asked = 125 * 24 * 64
    assert 0.955 * asked <= len(compress(song, RATE, 24)) <= 1.005 * asked


@pytest.mark.slow
def test_more_bytes_are_nearer_to_the_song():
    song = demo_song(1, RATE)
    near = [snr_db(song, decompress(compress(song, RATE, kbps))[0]) for kbps in (12, 24, 48)]
    assert near == sorted(near) and near[-1] > near[0] + 5


SOME = (2, 257, 4999)


@pytest.mark.parametrize("rate, channels, time", [
    (RATE, 1, 1), (RATE, 2, 511), (96_000, 1, 1),
    *(
        pytest.param(rate, channels, time, marks=getattr(pytest.mark, "slow" if time in SOME else "full"))
        for rate in (RATE, 44_100, 96_000) for channels in (1, 2, 3, 6)
        for time in (1, 2, 3, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 2047, 2048, 2049, 4999, 5000)
    ),
])
def test_length_channels_and_rate_come_back(rate, channels, time):
    tune = np.tile(demo_song(5000 / rate, rate), 3)[-time:, :channels] + 0.1
    samples, given = decompress(compress(tune, rate, 64))
    assert samples.shape == tune.shape and samples.dtype == np.float32 and given == rate
    assert snr_db(tune, samples) > (9 if time > 1000 or rate == RATE else 2)  # a click is beyond 18 kHz, too


def test_silence_stays_silence():
    data = compress(np.zeros((RATE, 2)), RATE)
    assert len(data) < 500 and not decompress(data)[0].any()


@pytest.mark.parametrize("sound", [
    np.full((2000, 1), -0.5),
    np.sign(np.sin(np.arange(4000) / 9 + 0.1))[:, np.newaxis], 1e-4 * np.eye(RATE, 1, -4000),
    np.eye(RATE, 2, -4000),
], ids=["DC", "square", "a faint click", "a click on the left"])
def test_sound_that_is_no_music_comes_back(sound):
    assert snr_db(sound, decompress(compress(sound, RATE, 48))[0]) > 10


def test_a_silent_channel_stays_silent(song):
    panned = song * np.array([1, 0], np.float32)
    left, right = decompress(compress(panned, RATE, 32))[0].T
    assert np.abs(left).max() > 0.1 and np.abs(right).max() < 1e-6


@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_the_snr_that_is_told_is_the_one_of_the_file(rng, song, rate):
    if rate > RATE:
        song = 0.1 * rng.standard_normal((9000, 2), np.float32)  # much of it beyond 18 kHz
    surrounded, told = np.pad(song, ((1024, 1024), (0, 0))), []  # what is off beyond the ends counts as well
    samples, _ = decompress(compress(surrounded, rate, 32, lambda *page: told.append(page)))
    assert [page[:2] for page in told] == [(number, 1.0) for number in range(1, len(told) + 1)]
    assert told[-1][2] == pytest.approx(snr_db(surrounded, samples), abs=0.01)


def test_every_page_is_told(song, monkeypatch):
    monkeypatch.setattr(container, "PAGE_NUMBERS", 4096)
    told = []
    header = header_for(song, RATE)
    encode(song, header, lambda *page: told.append(page), attempt=3)
    attempts, shares, _ = zip(*told, strict=True)
    assert {*attempts} == {3} and shares == (0.25 * 16 / 17, 0.5 * 16 / 17, 0.75 * 16 / 17, 16 / 17, 1.0)


def test_float64_and_float32_give_the_same_bytes(song):
    assert compress(song.astype(np.float64), RATE, 32) == compress(song, RATE, 32)


def test_a_song_gives_the_same_bytes_as_its_samples(song, empty_folder):
    soundfile.write("song.wav", song, RATE)
    with Song("song.wav") as opened:
        assert compress(opened, RATE, 32) == compress(song, RATE, 32)


def test_numbers_that_are_not_side_by_side_in_memory_give_the_same_bytes(song):
    header = header_for(song, RATE)
    for view in (np.asfortranarray(song), np.repeat(song, 2, axis=0)[::2]):
        assert header_for(view, RATE) == header and encode(view, header) == encode(song, header)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_sound_that_is_given_stays_as_it_was(dtype):
    sound = demo_song(0.5, RATE).astype(dtype)
    before = sound.copy()
    compress(sound, RATE, 32)
    assert np.array_equal(sound, before)


@pytest.mark.parametrize("sound, words", [
    (np.zeros((0, 2)), "at least one sample"), (np.zeros((9, 0)), "1 to 255 channels"),
    (np.zeros((9, 256)), "1 to 255 channels"), (np.zeros((2, RATE)), r"give song\.T"),
    (np.zeros(9), "song\\[:, np.newaxis\\]"), (np.zeros((9, 2, 1)), r"shape \(time, channels\)"),
    (np.zeros((9, 2), np.int16), "divide them by 32768"), (np.zeros((9, 2), bool), "floating-point"),
    (np.full((9, 2), np.nan), "below a million"), (np.full((9, 2), -np.inf), "below a million"),
    (np.full((9, 2), 1e39), "below a million"), (np.full((9, 2), 1e6), "below a million"),
], ids=lambda value: str(getattr(value, "shape", value)))
def test_what_is_not_sound_is_refused_in_a_sentence(sound, words):
    with pytest.raises(ValueError, match=words) as refused:
        compress(sound, RATE)
    assert "\n" not in str(refused.value) and str(refused.value).startswith("expected ")


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e39])
def test_one_sample_that_is_not_finite_is_found_wherever_it_is(bad):
    sound = np.zeros((30 * RATE, 1))  # of which no more than a quarter is looked at before
    sound[7 * RATE] = bad
    with pytest.raises(InputError, match="below a million"):
        compress(sound, RATE)


@pytest.mark.parametrize("rate", [0, -1, 44_100.0, np.nan, True, "44100", 2**31])
def test_a_rate_that_is_none_is_refused_in_a_sentence(song, rate):
    with pytest.raises(ValueError, match="expected .*, got "):
        compress(song, rate)


@pytest.mark.parametrize("kbps", [0, -1, -np.inf, np.nan, np.inf, 256.1, 1e9])
def test_a_size_that_is_none_is_refused_with_the_range_that_there_is(song, kbps):
    words = rf"^expected from \d+\.\d to 256 kbps for this song, got {kbps:g}: give another number$"
    with pytest.raises(InputError, match=words.replace("+0", r"\+0")):
        compress(song, RATE, kbps)


@pytest.mark.slow
def test_a_size_that_is_too_small_is_refused_with_one_that_is_not():
    song = demo_song(8, RATE)
    with pytest.raises(InputError, match="expected from .* kbps for this song, got 0.001") as refused:
        compress(song, RATE, 0.001)
    least = float(str(refused.value).split()[2])
    assert len(compress(song, RATE, 1.1 * least)) <= 1.005 * 125 * 1.1 * least * 8


@pytest.mark.parametrize("rate, size", [
    (1, 512), (8000, 512), (22_050, 512), (24_000, 1024), (44_100, 1024), (48_000, 1024), (64_000, 2048),
    (192_000, 2048),
])
def test_a_window_is_about_as_long_at_every_rate(rate, size):
    assert header_for(np.zeros((5000, 1), np.float32), rate).size == size


def test_a_song_of_strokes_has_windows_of_half_the_size():
    strokes = np.zeros((20_000, 1), np.float32)
    strokes[::5000] = 1
    assert header_for(strokes, 44_100).size == 512


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_only_stereo_has_angles(song, channels):
    header = header_for(np.tile(song, 2)[:, :channels], RATE)
    assert len(header.angles) == (len(header.edges) - 1 if channels == 2 else 0)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_the_header_that_is_given_is_the_one_in_the_file(song, channels):
    sound = np.tile(song, 3)[:, :channels]
    header = header_for(sound, RATE)._replace(gain=-33, gamma=50, fill=7)
    assert split(encode(sound, header))[0] == header


class Curve:
    """Files whose size is a function of the gain; calls counts them."""

    def __init__(self, size):
        self.size, self.calls = size, 0

    def __call__(self, gain):
        assert FINEST <= gain <= COARSEST
        self.calls += 1
        return bytes(round(self.size(gain)))


@pytest.mark.parametrize("slope", [0.004, 0.008, 0.01, 0.014])
@pytest.mark.parametrize("first", [FINEST, -200, 0, COARSEST])
@pytest.mark.parametrize("wanted", [-300, -100, 50])
def test_search_finds_the_size_soon(slope, first, wanted):
    curve = Curve(lambda gain: 9000 * math.exp(-slope * (gain - wanted)))
    gain, data = search(curve, first, 0.985 * 9000, 1.005 * 9000)
    assert 0.985 * 9000 <= len(data) <= 1.005 * 9000 and len(data) == len(curve(gain)) and curve.calls <= 8


@pytest.mark.parametrize("bend", [-0.003, 0.003])
def test_search_finds_the_size_on_a_bent_curve(bend):
    curve = Curve(lambda gain: 9000 * math.exp(-0.008 * gain + bend * (math.hypot(gain, 100) - 100)))
    _, data = search(curve, -250, 0.985 * 9000, 1.005 * 9000)
    assert 0.985 * 9000 <= len(data) <= 1.005 * 9000 and curve.calls <= 6


@pytest.mark.parametrize("edge", [FINEST, FINEST + 1, -77, 0, COARSEST])
def test_search_takes_the_largest_file_below_if_none_is_right(edge):
    curve = Curve(lambda gain: 2000 if gain < edge else 500)
    gain, data = search(curve, -100, 985, 1005)
    assert gain == edge and len(data) == 500 and curve.calls < 30


def test_search_ends_at_the_finest_and_knows_when_there_is_none():
    assert search(Curve(lambda gain: 100), 0, 985, 1005) == (FINEST, bytes(100))
    assert search(Curve(lambda gain: 2000), 0, 985, 1005)[1] is None


def test_search_takes_a_right_guess_at_once():
    curve = Curve(lambda gain: 1000)
    assert search(curve, 12, 985, 1005) == (12, bytes(1000)) and curve.calls == 1
