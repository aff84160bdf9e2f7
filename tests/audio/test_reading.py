import os

import numpy as np
import pytest
import soundfile

from numpyae.audio import Song, files, open_song, read, snr_db, write, writer
from numpyae.errors import InputError


def grid(rng, time=5000, channels=2):
    """Return noise on the 16-bit grid, which every lossless format keeps to the bit."""
    return rng.integers(-32768, 32768, (time, channels)).astype(np.float32) / 32768


@pytest.mark.parametrize("name, channels", [("a.wav", 2), ("a.flac", 1), ("a.aif", 2), ("a.wav", 6), ("a.wav", 16)])
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


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_a_song_is_read_in_blocks_and_at_random_as_it_is_as_a_whole(tmp_path, rng, name):
    write(tmp_path / name, grid(rng, 30_000) / 2, 44100)
    whole, _ = read(tmp_path / name)
    with Song(tmp_path / name) as song:
        assert (len(song), song.rate, song.channels) == (len(whole), 44100, 2)
        assert np.array_equal(np.concatenate([*song.blocks(700)]), whole)
        for start in rng.integers(0, 29_000, 20):
            assert np.array_equal(song[start : start + 1000], whole[start : start + 1000])
        assert np.array_equal(song[29_990:40_000], whole[29_990:]) and song[20:10].shape == (0, 2)
        assert np.array_equal(np.concatenate([*song.blocks(4096)]), whole)


@pytest.mark.parametrize("name", ["-a b.wav", "привет.wav", "a.b.wav", "UPPER.WAV"])
def test_any_name_will_do(tmp_path, rng, name):
    write(tmp_path / name, grid(rng), 44100)
    assert read(tmp_path / name)[0].shape == (5000, 2)


@pytest.mark.parametrize("name, subtype, kind", [
    ("a.wav", "PCM_16", Song), ("a.wav", "FLOAT", np.memmap), ("a.flac", None, np.memmap), ("a.ogg", None, np.memmap),
])
def test_a_long_song_is_read_from_disk_and_a_short_one_into_memory(tmp_path, rng, monkeypatch, name, subtype, kind):
    write(tmp_path / name, grid(rng, 30_000) / 2, 44100, subtype)
    in_memory, rate = open_song(tmp_path / name)
    assert type(in_memory) is np.ndarray and rate == 44100
    monkeypatch.setattr(files, "IN_MEMORY", 100_000)
    on_disk, rate = open_song(tmp_path / name)
    assert type(on_disk) is kind and rate == 44100 and len(on_disk) == len(in_memory)
    for start in rng.integers(0, 29_000, 20):
        assert np.array_equal(on_disk[start : start + 1000], in_memory[start : start + 1000])


def test_a_long_song_that_is_not_finite_is_refused_before_anything_is_done_with_it(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.wav", np.full((99_000, 2), np.nan), 44100, subtype="FLOAT")
    monkeypatch.setattr(files, "IN_MEMORY", 100_000)
    with pytest.raises(InputError, match="NaN or infinite"):
        open_song(tmp_path / "a.wav")


def test_a_song_is_read_by_slices_only(tmp_path, rng):
    write(tmp_path / "a.wav", grid(rng), 44100)
    with Song(tmp_path / "a.wav") as song:
        for where in (3, slice(None, None, 2), slice(None, None, -1)):
            with pytest.raises(TypeError, match=r"read by song\[start:stop\]"):
                song[where]


def test_a_wav_file_over_4_gb_would_become_an_rf64(tmp_path):
    with writer(tmp_path / "a.wav", 44100, 2, "PCM_24", length=2**30) as file:
        file.add(np.zeros((9, 2)))
    assert soundfile.info(tmp_path / "a.wav").format == "RF64"
    assert read(tmp_path / "a.wav")[0].shape == (9, 2)


@pytest.mark.parametrize(
    "subtype, clipped, peak", [("PCM_16", 2, 1.0), ("PCM_U8", 2, 1.0), ("ULAW", 2, 1.0), ("ALAW", 2, 1.0), ("FLOAT", 0, 3.0)]
)
def test_what_is_over_full_scale_is_clipped_and_counted_or_kept_but_never_wrapped(tmp_path, subtype, clipped, peak):
    samples = np.array([[0.5, 1.5], [-3.0, -0.5]])
    with writer(tmp_path / "a.wav", 44100, 2, subtype) as file:
        file.add(samples)
        assert file.clipped == clipped
    np.testing.assert_allclose(read(tmp_path / "a.wav")[0], np.clip(samples, -peak, peak), atol=0.03)
    assert soundfile.info(tmp_path / "a.wav").subtype == subtype


@pytest.mark.parametrize("name, subtype, bits", [
    ("a.wav", "PCM_16", 16), ("a.wav", "PCM_24", 24), ("a.wav", "PCM_U8", 8), ("a.flac", "PCM_16", 16), ("a.aiff", "PCM_24", 24),
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
    ("a.wav", "IMA_ADPCM", "PCM_16"), ("a.flac", "PCM_32", "PCM_24"), ("a.flac", "FLOAT", "PCM_24"), ("a.ogg", "FLOAT", "VORBIS"),
])
def test_a_depth_that_the_format_has_not_or_that_would_change_the_length_is_replaced(tmp_path, rng, name, subtype, kept):
    write(tmp_path / name, grid(rng, 4001) / 2, 44100, subtype)
    found = soundfile.info(tmp_path / name)
    assert (found.subtype, found.frames) == (kept, 4001)


def bad_file(folder, name, contents):
    (folder / name).write_bytes(contents)
    return folder / name


def test_every_unreadable_path_has_a_sentence_of_its_own(tmp_path, rng):
    write(tmp_path / "song.wav", grid(rng), 44100)
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    cases = {
        tmp_path / "Nocturne.mid": "there is no file .*Nocturne.mid: check the name",
        tmp_path / "songs.wav": "there is no file .*songs.wav: did you mean song.wav?",
        tmp_path / "no folder" / "a.wav": "there is no file .*a.wav: check the name",
        tmp_path / "song.wav" / "a.wav": "cannot be opened",
        tmp_path / "nul\0.wav": "cannot be opened",
        tmp_path / "folder.wav": "is a folder: name a sound file in it",
        tmp_path / "pipe.wav": "is a pipe or a device",
        bad_file(tmp_path, "empty.wav", b""): r"is empty \(0 bytes\)",
        bad_file(tmp_path, "text.wav", b"not sound" * 99): "is not a sound file that can be read",
        bad_file(tmp_path, "song.m4a", b"\0\0\0 ftypM4A " * 9): "is not a sound file that can be read",
        bad_file(tmp_path, "song.raw", b"12345678"): "is not a sound file that can be read",
        bad_file(tmp_path, "cut.flac", b"fLaC"): "is not a sound file that can be read",
    }
    for path, words in cases.items():
        with pytest.raises(InputError, match=words) as caught:
            read(path)
        assert "\n" not in str(caught.value)


def test_a_flac_file_that_ends_too_soon_is_found_damaged_or_short_but_never_hangs(tmp_path, rng):
    write(tmp_path / "whole.flac", grid(rng, 200_000), 44100)
    contents = (tmp_path / "whole.flac").read_bytes()
    cut = bad_file(tmp_path, "cut.flac", contents[: len(contents) // 2])
    with pytest.raises(InputError, match="is damaged after|is not a sound file"):
        read(cut)


def test_a_wav_header_that_promises_too_much_allocates_nothing(tmp_path, rng):
    write(tmp_path / "a.wav", grid(rng), 44100)
    contents = bytearray((tmp_path / "a.wav").read_bytes())
    contents[40:44] = b"\xff\xff\xff\x7f"  # the data chunk claims 2 GB
    assert read(bad_file(tmp_path, "b.wav", contents))[0].shape == (5000, 2)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e25])
def test_samples_that_are_not_finite_are_refused_with_their_place(tmp_path, value):
    samples = np.zeros((44100, 2), np.float32)
    samples[22050, 1] = value
    soundfile.write(tmp_path / "a.wav", samples, 44100, subtype="FLOAT")
    with pytest.raises(InputError, match="NaN or infinite or .* the first at 0.500 s"):
        read(tmp_path / "a.wav")
    with Song(tmp_path / "a.wav") as song:
        assert song[:22050].shape == (22050, 2)
        with pytest.raises(InputError, match="the first at 0.500 s"):
            song[22000:22100]


def test_a_file_without_samples_is_read_as_no_samples(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros((0, 2)), 44100)
    assert read(tmp_path / "a.wav")[0].shape == (0, 2)


@pytest.mark.parametrize(
    "name, samples, error, words",
    [
        ("a.xyz", np.zeros((9, 2)), InputError, "has no extension of a sound file that can be written"),
        ("a", np.zeros((9, 2)), InputError, "has no extension"),
        ("a.raw", np.zeros((9, 2)), InputError, "has no extension"),
        ("a.sd2", np.zeros((9, 2)), InputError, "has no extension"),
        ("a.wav", np.zeros(9), ValueError, r"samples have shape \(9,\): give \(time, channels\)"),
        ("a.flac", np.zeros((9, 16)), InputError, "cannot hold 16 channels at 44100 Hz as usual FLAC"),
        ("a.wav", np.full((9, 2), np.nan), ValueError, "NaN or infinite"),
        ("no folder/a.wav", np.zeros((9, 2)), OSError, "No such file or directory"),
    ],
)
def test_a_write_that_fails_says_why_and_leaves_nothing(tmp_path, name, samples, error, words):
    with pytest.raises(error, match=words):
        write(tmp_path / name, samples, 44100)
    assert [*tmp_path.iterdir()] == []


def test_a_write_that_fails_leaves_the_earlier_file_as_it_was(tmp_path, rng):
    write(tmp_path / "a.flac", grid(rng), 44100)
    before = (tmp_path / "a.flac").read_bytes()
    with pytest.raises(InputError):
        write(tmp_path / "a.flac", np.zeros((9, 16)), 44100)
    assert (tmp_path / "a.flac").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.flac"]
