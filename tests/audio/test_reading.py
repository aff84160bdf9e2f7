"""Sound files in: whole, in blocks and at random; what cannot be read is one sentence."""
import errno
import io
import os
import tempfile

import numpy as np
import pytest
import soundfile
from small import grid

from numpyae.audio import Song, read, reading, write
from numpyae.errors import FileChanged, InputError


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


def test_a_name_need_not_be_utf_8(tmp_path, rng):
    name = os.path.join(tmp_path, os.fsdecode(b"bad\xff\xfe.wav"))
    try:
        open(name, "xb").close()
    except OSError:
        pytest.skip("on this disk it must be")
    write(name, grid(rng), 44100)
    assert read(name)[0].shape == (5000, 2)


@pytest.mark.parametrize("name, subtype, kind", [
    ("a.wav", "PCM_16", Song), ("a.wav", "FLOAT", np.memmap), ("a.flac", None, np.memmap),
    ("a.ogg", None, np.memmap),
])
def test_a_long_song_is_read_from_disk_and_a_short_one_into_memory(
    tmp_path, rng, monkeypatch, name, subtype, kind
):
    write(tmp_path / name, grid(rng, 30_000) / 2, 44100, subtype)
    in_memory = Song(tmp_path / name).load()
    assert type(in_memory) is np.ndarray
    monkeypatch.setattr(reading, "MAX_BYTES_IN_MEMORY", 100_000)
    on_disk = Song(tmp_path / name).load()
    assert type(on_disk) is kind and len(on_disk) == len(in_memory)
    for start in rng.integers(0, 29_000, 20):
        assert np.array_equal(on_disk[start : start + 1000], in_memory[start : start + 1000])


def test_a_long_song_that_is_not_finite_is_refused_before_anything_is_done_with_it(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.wav", np.full((99_000, 2), np.nan), 44100, subtype="FLOAT")
    monkeypatch.setattr(reading, "MAX_BYTES_IN_MEMORY", 100_000)
    with pytest.raises(InputError, match="samples that are NaN, infinite"):
        Song(tmp_path / "a.wav").load()


def test_a_temporary_folder_that_is_full_is_named_with_what_is_needed_and_how_to_take_another(
    tmp_path, rng, monkeypatch
):
    class FullDisk(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    write(tmp_path / "a.flac", grid(rng, 40_000), 44100)
    monkeypatch.setattr(reading, "MAX_BYTES_IN_MEMORY", 0)
    monkeypatch.setattr(tempfile, "TemporaryFile", FullDisk)
    words = r"No space left on device \(.*a.flac needs 0.0 GB there while it is in use; set TMPDIR to take a"
    with pytest.raises(OSError, match=words) as caught:
        Song(tmp_path / "a.flac").load()
    assert caught.value.errno == errno.ENOSPC and caught.value.filename == tempfile.gettempdir()


def test_a_song_is_read_by_slices_only(tmp_path, rng):
    write(tmp_path / "a.wav", grid(rng), 44100)
    with Song(tmp_path / "a.wav") as song:
        for where in (3, slice(None, None, 2), slice(None, None, -1)):
            with pytest.raises(TypeError, match=r"expected a slice song\[start:stop\], got song\["):
                song[where]


def test_a_song_that_was_closed_says_so(tmp_path, rng):
    write(tmp_path / "a.wav", grid(rng), 44100)
    with Song(tmp_path / "a.wav") as song:
        pass
    with pytest.raises(ValueError, match="expected an open song, got .*a.wav after it was closed: open it"):
        song[:10]


def test_what_libsndfile_cannot_seek_in_is_read_in_one_go(tmp_path, rng):
    soundfile.write(tmp_path / "a.wav", grid(rng, 16_000, channels=1) / 2, 8000, subtype="GSM610")
    whole, _ = read(tmp_path / "a.wav")
    assert whole.shape == (16_000, 1)
    with Song(tmp_path / "a.wav") as song:
        assert np.array_equal(np.concatenate([*song.blocks(700)]), whole)
        words = "can only be read from its start to its end, being GSM610: convert it with ffmpeg -i .*a.flac"
        with pytest.raises(InputError, match=words):
            song[100:200]


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
        bad_file(tmp_path, "my song.m4a", b"\0\0\0 ftypM4A " * 9):
            "or convert it with ffmpeg -i '.*my song.m4a' '.*my song.wav'$",
        bad_file(tmp_path, "text.mp3", b"not sound"): r"\(no sound was found in it\): give",
        bad_file(tmp_path, "tag.mp3", b"ID3\4\0\0\x7f\x7f\x7f\x7f"): r"\(no sound was found in it\): give",
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
    with Song(cut) as song:
        left = song[:]
        assert np.array_equal(left, samples[: len(left)]) and 22000 < len(left) < 22050
        assert song.warning == f"{cut} is cut off: 0.50 s of about 1.00 s are there"


def in_blocks(song):
    return np.concatenate([*song.blocks(10_000)])


READERS = {
    "in blocks": in_blocks, "load": Song.load, "as one slice": lambda song: song[:],
    "at the end": lambda song: song[-100:],
}


@pytest.mark.parametrize("way", READERS)
def test_an_mp3_that_is_cut_off_is_as_long_as_what_was_read_however_it_is_read(tmp_path, rng, way):
    write(tmp_path / "whole.mp3", grid(rng, 88_200) / 2, 44100)
    contents = (tmp_path / "whole.mp3").read_bytes()
    cut = bad_file(tmp_path, "cut.mp3", contents[: len(contents) // 2])
    with pytest.warns(UserWarning, match="cut.mp3 is cut off or damaged: 0.97 s of 2.00 s are there"):
        there = len(read(cut)[0])
    with Song(cut) as song:
        assert (len(song), song.warning) == (88_200, None)
        samples = READERS[way](song)
        assert len(song) == there < 44_100 and len(samples) == (0 if way == "at the end" else there)
        assert song.warning == f"{cut} is cut off or damaged: {there / 44100:.2f} s of 2.00 s are there"


def mp3_without_its_header(folder, samples):
    write(folder / "a.mp3", samples, 44100)
    contents = (folder / "a.mp3").read_bytes()
    return bad_file(folder, "b.mp3", contents[contents.index(contents[:2], 200) :])


def test_an_mp3_that_does_not_state_its_length_is_not_taken_for_cut_off(tmp_path, rng):
    samples = grid(rng, 88_200) / 2
    samples[:44_100] = 0  # its first frames are small
    with Song(mp3_without_its_header(tmp_path, samples)) as song:
        stated = len(song)
        assert len(in_blocks(song)) == len(song) < stated and 88_200 <= len(song) < 92_000
        assert len(in_blocks(song)) == len(song) and song.warning is None


def test_an_mp3_that_may_be_longer_than_libsndfile_reads_says_so(tmp_path, rng):
    samples = grid(rng, 88_200) / 2
    samples[10_000:] = 0  # its first frames are large
    with Song(mp3_without_its_header(tmp_path, samples)) as song:
        assert len(in_blocks(song)) == len(song) < 60_000
        seconds = f"{len(song) / 44100:.2f} s"
        assert f"not state its length, and may be longer than the {seconds} that can be read" in song.warning


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.flac", "a.ogg", "a.mp3"])
def test_of_joined_recordings_the_first_is_read_with_a_warning_or_neither_is(tmp_path, rng, name):
    write(tmp_path / name, grid(rng, 44_100) / 2, 44100)
    joined = bad_file(tmp_path, f"joined {name}", 2 * (tmp_path / name).read_bytes())
    try:
        song = Song(joined)
    except InputError as error:  # libsndfile's way with WAV and AIFF
        assert "holds more than one recording, one after the other: join them in an audio" in str(error)
    else:
        with song:
            assert len(in_blocks(song)) == 44_100
            words = "holds more than one recording, of which only the first, 1.00 s, is read: join them in an"
            assert words in song.warning


def test_a_file_cut_off_before_its_first_sound_says_so(tmp_path, rng):
    soundfile.write(tmp_path / "a.opus", grid(rng), 48000, format="OGG", subtype="OPUS")
    cut = bad_file(tmp_path, "cut.opus", (tmp_path / "a.opus").read_bytes()[:400])
    with pytest.raises(InputError, match="cut.opus is cut off, and nothing of it can be read: get a whole"):
        read(cut)


def truncate(path):
    os.truncate(path, 20_000)


def rewrite(path):
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, (0, 0))  # for disks whose clock is slow


@pytest.mark.parametrize("change", [truncate, rewrite])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_a_song_that_is_changed_while_it_is_read_is_noticed(tmp_path, rng, name, change):
    write(tmp_path / name, grid(rng, 200_000) / 2, 44100)
    with Song(tmp_path / name) as song:
        blocks = song.blocks(1000)
        next(blocks)
        change(tmp_path / name)
        for read_on in (lambda: next(blocks), lambda: song[150_000:150_100]):
            with pytest.raises(FileChanged, match=f"{name} has changed while it was in use"):
                read_on()


def test_a_song_that_is_replaced_while_it_is_opened_is_noticed(tmp_path, rng, monkeypatch):
    for name in ("a.wav", "b.wav"):
        write(tmp_path / name, grid(rng), 44100)
    open_sound = soundfile.SoundFile

    def replace_and_open(*arguments):
        os.replace(tmp_path / "b.wav", tmp_path / "a.wav")
        return open_sound(*arguments)

    monkeypatch.setattr(soundfile, "SoundFile", replace_and_open)
    with pytest.raises(FileChanged, match="a.wav was replaced while it was opened: start again"):
        Song(tmp_path / "a.wav")
