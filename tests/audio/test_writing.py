"""Sound files out: to the bit, clipped and rounded as they should be, whole or not at all."""
import numpy as np
import pytest
import soundfile
from small import grid

from numpyae.audio import read, snr_db, write, writer
from numpyae.errors import InputError


@pytest.mark.parametrize(
    "name, channels", [("a.wav", 2), ("a.flac", 1), ("a.aif", 2), ("a.wav", 6), ("a.wav", 16)]
)
@pytest.mark.parametrize("rate", [8000, 44100, 192000])
def test_what_is_written_is_read_again_to_the_bit(tmp_path, rng, name, channels, rate):
    samples = grid(rng, channels=channels)
    write(tmp_path / name, samples, rate)
    back, back_rate = read(tmp_path / name)
    assert back.dtype == np.float32 and back_rate == rate
    assert np.array_equal(back, samples)


def test_ogg_keeps_length_rate_channels_and_nearly_the_sound(tmp_path):
    time = np.arange(44100) / 44100
    samples = 0.5 * np.sin(2 * np.pi * np.array([220, 330]) * time[:, None]).astype(np.float32)
    write(tmp_path / "a.ogg", samples, 44100)
    back, rate = read(tmp_path / "a.ogg")
    assert back.shape == samples.shape and rate == 44100
    assert np.abs(back - samples).max() < 0.05


def test_float_files_keep_what_is_over_full_scale(tmp_path):
    samples = np.array([[2.0, -3.0], [0.1, 0.2]], np.float32)
    write(tmp_path / "a.wav", samples, 44100, subtype="FLOAT")
    assert np.array_equal(read(tmp_path / "a.wav")[0], samples)


def test_a_wav_file_over_4_gb_would_become_an_rf64(tmp_path):
    with writer(tmp_path / "a.wav", 44100, 2, "PCM_24", length=2**30) as file:
        file.add(np.zeros((9, 2)))
    assert soundfile.info(tmp_path / "a.wav").format == "RF64"
    assert read(tmp_path / "a.wav")[0].shape == (9, 2)


@pytest.mark.parametrize(
    "subtype, clipped, peak",
    [("PCM_16", 2, 1.0), ("PCM_U8", 2, 1.0), ("ULAW", 2, 1.0), ("ALAW", 2, 1.0), ("FLOAT", 0, 3.0)],
)
def test_what_is_over_full_scale_is_clipped_and_counted_or_kept_but_never_wrapped(
    tmp_path, subtype, clipped, peak
):
    samples = np.array([[0.5, 1.5], [-3.0, -0.5]])
    with writer(tmp_path / "a.wav", 44100, 2, subtype) as file:
        file.add(samples)
        assert file.clipped == clipped
    np.testing.assert_allclose(read(tmp_path / "a.wav")[0], np.clip(samples, -peak, peak), atol=0.03)
    assert soundfile.info(tmp_path / "a.wav").subtype == subtype


@pytest.mark.parametrize("name", ["a.ogg", "a.mp3"])
def test_what_a_player_will_clip_is_counted_but_kept(tmp_path, name):
    samples = 2.0 * np.sin(np.arange(44100) / 20)[:, np.newaxis]
    with writer(tmp_path / name, 44100, 1) as file:
        file.add(samples)
    assert file.clipped == np.count_nonzero(np.abs(samples) > 1)
    assert np.abs(soundfile.read(tmp_path / name)[0]).max() > 1.5


@pytest.mark.parametrize("name, subtype", [("a.wav", None), ("a.flac", "PCM_24"), ("a.ogg", None)])
def test_write_warns_of_what_is_clipped(tmp_path, name, subtype):
    words = f"^2 numbers are beyond full scale, where .*{name} or its player clips them: scale"
    with pytest.warns(UserWarning, match=words):
        write(tmp_path / name, np.array([[0.5, 1.5], [-3.0, -0.5]]), 44100, subtype)


@pytest.mark.parametrize("rate", [44100.0, np.float32(44100), np.int64(44100)])
def test_a_rate_may_be_a_whole_number_of_any_type(tmp_path, rate):
    write(tmp_path / "a.wav", np.zeros((9, 2)), rate)
    assert soundfile.info(tmp_path / "a.wav").samplerate == 44100


@pytest.mark.parametrize("rate", [44100.5, "44100", None, np.nan, 0, -5])
def test_a_rate_that_is_no_whole_number_is_refused(tmp_path, rate):
    with pytest.raises(ValueError, match="^rate: expected a whole number of at least 1, got "):
        write(tmp_path / "a.wav", np.zeros((9, 2)), rate)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name, subtype, bits", [
    ("a.wav", "PCM_16", 16), ("a.wav", "PCM_24", 24), ("a.wav", "PCM_U8", 8), ("a.flac", "PCM_16", 16),
    ("a.aiff", "PCM_24", 24),
])
def test_whole_numbers_are_the_nearest_ones(tmp_path, name, subtype, bits):
    codes = np.array([[10.25, -10.25], [10.75, -10.75], [11, -11]])
    write(tmp_path / name, codes / 2 ** (bits - 1), 44100, subtype)
    assert np.array_equal(read(tmp_path / name)[0] * 2 ** (bits - 1), np.round(codes))


def test_sixteen_bits_have_the_98_db_of_theory(tmp_path):
    sine = 0.999 * np.sin(2 * np.pi * 997 / 44100 * np.arange(44100))[:, np.newaxis]
    write(tmp_path / "a.wav", sine, 44100, "PCM_16")
    assert abs(snr_db(sine, read(tmp_path / "a.wav")[0].astype(np.float64)) - (6.02 * 16 + 1.76)) < 0.2


@pytest.mark.parametrize("name, subtype, kept", [
    ("a.wav", "IMA_ADPCM", "PCM_16"), ("a.flac", "PCM_32", "PCM_24"), ("a.flac", "FLOAT", "PCM_24"),
    ("a.ogg", "FLOAT", "VORBIS"),
])
def test_a_depth_that_the_format_has_not_or_that_would_change_the_length_is_replaced(
    tmp_path, rng, name, subtype, kept
):
    write(tmp_path / name, grid(rng, 4001) / 2, 44100, subtype)
    found = soundfile.info(tmp_path / name)
    assert (found.subtype, found.frames) == (kept, 4001)


@pytest.mark.parametrize(
    "name, samples, error, words",
    [
        ("a.xyz", np.zeros((9, 2)), InputError, "a.xyz has no extension of a sound file that can be written"),
        ("a", np.zeros((9, 2)), InputError, "has no extension of a sound file that can be written"),
        ("a.raw", np.zeros((9, 2)), InputError, "has no extension of a sound file that can be written"),
        ("a.sd2", np.zeros((9, 2)), InputError, "has no extension of a sound file that can be written"),
        ("a.wav", np.zeros(9), ValueError, r"of shape \(time, channels\), .* got \(9,\): .* mono as samples"),
        ("a.wav", np.zeros((2, 5000)), ValueError, r"at most 1,024 channels, got \(2, 5000\): transpose"),
        ("a.wav", np.zeros((9, 2), np.int16), ValueError, "expected samples as floats, .* got int16: divide"),
        ("a.flac", np.zeros((9, 16)), InputError, "cannot hold 16 channels at 44100 Hz as the default FLAC"),
        ("a.wav", np.full((9, 2), np.nan), ValueError, "NaN or infinite"),
        ("no folder/a.wav", np.zeros((9, 2)), OSError, "No such file or directory"),
    ],
)
def test_a_write_that_fails_says_why_and_leaves_nothing(tmp_path, name, samples, error, words):
    with pytest.raises(error, match=words):
        write(tmp_path / name, samples, 44100)
    assert [*tmp_path.iterdir()] == []


def test_a_subtype_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected a subtype such as PCM_16, .* got 'nonsense'"):
        write(tmp_path / "a.wav", np.zeros((9, 2)), 44100, subtype="nonsense")
    assert [*tmp_path.iterdir()] == []


def test_a_write_that_fails_leaves_the_earlier_file_as_it_was(tmp_path, rng):
    write(tmp_path / "a.flac", grid(rng), 44100)
    before = (tmp_path / "a.flac").read_bytes()
    with pytest.raises(InputError):
        write(tmp_path / "a.flac", np.zeros((9, 16)), 44100)
    assert (tmp_path / "a.flac").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.flac"]


def test_a_rate_at_which_libvorbis_would_end_the_process_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot hold 200001 Hz, OGG holds 200000 at most: write WAV"):
        write(tmp_path / "a.ogg", np.zeros((9, 2)), 200_001)
    assert [*tmp_path.iterdir()] == []
