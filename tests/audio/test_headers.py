"""What the bytes of a sound file say about its end, without libsndfile's help."""
import pytest
import soundfile

from numpyae.audio.headers import Ending, ending

STATING = ["a.wav", "a.rf64", "a.w64", "a.aiff", "a.au", "a.mp3"]
MARKED = ["a.ogg", "a.opus"]
SILENT = ["a.flac", "a.caf"]  # about their size


@pytest.fixture
def sound(tmp_path, rng):
    """Return the bytes of a sound file with noise of so many samples."""

    def bytes_of(name, time=30_000):
        kind = {"opus": ("OGG", "OPUS")}.get(name[2:], (name[2:].upper(), None))
        noise = rng.uniform(-0.5, 0.5, (time, 2))
        soundfile.write(tmp_path / name, noise, 48000, format=kind[0], subtype=kind[1])
        return (tmp_path / name).read_bytes()

    return bytes_of


def ending_of(folder, contents):
    (folder / "file").write_bytes(contents)
    with open(folder / "file", "rb") as file:
        return ending(file)


@pytest.mark.parametrize("name", STATING + MARKED + SILENT)
def test_a_whole_file_is_neither_cut_nor_joined_whatever_follows_it(tmp_path, rng, sound, name):
    contents = sound(name)
    whole = Ending(len(contents) if name in STATING else None)
    for more in (b"", bytes(10), rng.bytes(40_000), b"TAG" + bytes(125), b"APETAGEX" + bytes(9000)):
        assert ending_of(tmp_path, contents + more) == whole


@pytest.mark.parametrize("name", STATING + MARKED)
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_file_that_is_cut_off_is_known_by_its_stated_size_or_its_missing_last_page(
    tmp_path, sound, name, share
):
    contents = sound(name, 100_000)
    size = len(contents) if name in STATING else None
    assert ending_of(tmp_path, contents[: int(share * len(contents))]) == Ending(size, cut=True)
    if name in MARKED:
        assert ending_of(tmp_path, contents[: contents.rindex(b"OggS")]) == Ending(cut=True)


@pytest.mark.parametrize("name", ["a.wav", "a.rf64", "a.aiff", "a.au", "a.mp3", "a.ogg", "a.opus", "a.flac"])
def test_a_second_recording_behind_the_first_is_seen(tmp_path, sound, name):
    for first in (30_000, 150_000):
        joined = ending_of(tmp_path, sound(name, first) + sound(name, 20_000))
        assert joined.joined and not joined.cut


def test_a_second_flac_is_found_wherever_it_begins_and_a_w64_not_for_libsndfile_reads_on(tmp_path, sound):
    flac, w64 = sound("a.flac"), sound("a.w64")
    for start in range(2**20 - 4, 2**20 + 5):
        assert ending_of(tmp_path, flac.ljust(start, b"\0") + flac).joined
    assert ending_of(tmp_path, w64 + w64) == Ending(len(w64))


@pytest.mark.parametrize("between", [b"", b"TAG" + bytes(125)])
@pytest.mark.parametrize("before", [b"", b"ID3\4\0\0\0\0\1\1" + bytes(129)])
def test_the_tags_of_mp3_files_are_passed_over(tmp_path, sound, before, between):
    contents = before + sound("a.mp3")
    assert ending_of(tmp_path, contents + between) == Ending(len(contents))
    assert ending_of(tmp_path, contents + between + contents).joined
    assert ending_of(tmp_path, contents[:-1]).cut


def test_an_mp3_behind_rubbish_and_a_flac_behind_a_tag_are_found(tmp_path, rng, sound):
    contents = bytes(5000) + sound("a.mp3")
    assert ending_of(tmp_path, contents) == Ending(len(contents))
    flac = b"ID3\4\0\0\0\0\1\1" + bytes(129) + sound("a.flac")
    assert ending_of(tmp_path, flac) == Ending() and ending_of(tmp_path, flac + flac).joined


@pytest.mark.parametrize("size", [2**31 - 1, 2**31 - 2**12, 2**32 - 1])
def test_the_size_of_a_file_that_was_written_to_a_pipe_is_not_believed(tmp_path, sound, size):
    wav, au = bytearray(sound("a.wav")), bytearray(sound("a.au"))
    wav[4:8], au[8:12] = size.to_bytes(4, "little"), size.to_bytes(4, "big")
    assert ending_of(tmp_path, wav) == ending_of(tmp_path, au) == Ending()


def test_an_ogg_file_of_several_streams_at_once_is_one_recording(tmp_path, sound):
    def pages(contents):
        return [b"OggS" + page for page in contents.split(b"OggS")[1:]]

    one, other = pages(sound("a.ogg")), pages(sound("a.opus"))
    together = [one[0], other[0], *one[1:], *other[1:]]
    assert ending_of(tmp_path, b"".join(together)) == Ending()
    assert ending_of(tmp_path, b"".join(one + other)).joined


@pytest.mark.parametrize("magic", [
    b"", b"RIFF", b"RF64", b"riff", b"FORM", b".snd", b"OggS\0", b"fLaC", b"ID3\4",
    b"\xff\xfb" + bytes(34) + b"Xing\0\0\0\x0f",
])
def test_any_bytes_at_all_have_an_ending(tmp_path, rng, magic):
    for _ in range(50):
        assert isinstance(ending_of(tmp_path, magic + rng.bytes(int(rng.integers(100)))), Ending)
