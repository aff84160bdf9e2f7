"""Sound files in: whole, in blocks and at random; what cannot be read is one sentence."""
import os

import numpy as np
import pytest
import soundfile
from small import grid

from numpyae.audio import Song, open_song, read, reading, write
from numpyae.errors import InputError


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_a_song_is_read_in_blocks_and_at_random_as_it_is_as_a_whole(tmp_path, rng, name):
    write(tmp_path / name, grid(rng, 30_000) / 2, 44100)
    whole, _ = read(tmp_path / name)
    with Song(tmp_path / name) as song:
        assert (len(song), song.rate, song.shape, song.dtype) == (len(whole), 44100, whole.shape, whole.dtype)
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
    ("a.wav", "PCM_16", Song), ("a.wav", "FLOAT", np.memmap), ("a.flac", None, np.memmap),
    ("a.ogg", None, np.memmap),
])
def test_a_long_song_is_read_from_disk_and_a_short_one_into_memory(
    tmp_path, rng, monkeypatch, name, subtype, kind
):
    write(tmp_path / name, grid(rng, 30_000) / 2, 44100, subtype)
    in_memory, song = open_song(tmp_path / name)
    assert type(in_memory) is np.ndarray and song.rate == 44100 and song.warning is None
    monkeypatch.setattr(reading, "MAX_BYTES_IN_MEMORY", 100_000)
    on_disk, song = open_song(tmp_path / name)
    assert type(on_disk) is kind and song.rate == 44100 and len(on_disk) == len(in_memory)
    for start in rng.integers(0, 29_000, 20):
        assert np.array_equal(on_disk[start : start + 1000], in_memory[start : start + 1000])


def test_a_long_song_that_is_not_finite_is_refused_before_anything_is_done_with_it(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.wav", np.full((99_000, 2), np.nan), 44100, subtype="FLOAT")
    monkeypatch.setattr(reading, "MAX_BYTES_IN_MEMORY", 100_000)
    with pytest.raises(InputError, match="samples that are NaN, infinite"):
        open_song(tmp_path / "a.wav")


def test_a_song_is_read_by_slices_only(tmp_path, rng):
    write(tmp_path / "a.wav", grid(rng), 44100)
    with Song(tmp_path / "a.wav") as song:
        for where in (3, slice(None, None, 2), slice(None, None, -1)):
            with pytest.raises(TypeError, match=r"expected a slice song\[start:stop\], got song\["):
                song[where]


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
    with pytest.raises(InputError, match="NaN, infinite or .* the first at 0.500 s"):
        read(tmp_path / "a.wav")
    with Song(tmp_path / "a.wav") as song:
        assert song[:22050].shape == (22050, 2)
        with pytest.raises(InputError, match="the first at 0.500 s"):
            song[22000:22100]


def test_a_file_without_samples_is_read_as_no_samples(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros((0, 2)), 44100)
    assert read(tmp_path / "a.wav")[0].shape == (0, 2)


@pytest.mark.parametrize("name", ["a.wav", "a.aiff"])
def test_a_song_that_is_cut_off_is_read_as_far_as_it_goes_and_says_so(tmp_path, rng, name):
    samples = grid(rng, 44100)
    write(tmp_path / name, samples, 44100)
    contents = (tmp_path / name).read_bytes()
    with Song(tmp_path / name) as whole:
        assert whole.warning is None
    cut = bad_file(tmp_path, f"cut {name}", contents[: len(contents) // 2])
    left, song = open_song(cut)
    assert np.array_equal(left, samples[: len(left)]) and 22000 < len(left) < 22050
    assert song.warning == f"{cut} is cut off: 0.50 s of about 1.00 s are there"
