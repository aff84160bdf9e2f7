"""Accidents to .npae files, and processes that are killed: refused in a sentence, or whole to the bit."""
import faulthandler
import os
import resource
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hostile import few_many_all, mutated

from numpyae import compress, decompress
from numpyae.audio import demo_song, write
from numpyae.codec import compress as encoded
from numpyae.codec import decompress as decoded
from numpyae.errors import InputError

MODULES = {"compress": compress, "decompress": decompress}
COMMANDS = {  # what each is given
    "compress": ["song.wav", "-o", "out.npae", "--kbps", "32", "--quiet"],
    "decompress": ["song.npae", "-o", "out.wav", "--quiet"],
}
pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.fixture(scope="module")
def small_files():
    """Files of 0.3 to 2 kB: silence, noise, one to three channels, one page or a single sample."""
    song = np.tile(demo_song(0.3, 8000), 2)
    return [
        encoded(sound.astype(np.float32), 8000, 8)
        for sound in (song[:1000, :1], song[:, :2] / 1e4, song[:300, :3] / 100, 0 * song[:, :2], song[:1])
    ]


def signed(data):
    """Return a file with a right checksum for each part, as somebody gives it who wants it believed."""
    data, position = bytearray(data), 5
    while position + 8 <= len(data):
        end = position + 8 + int.from_bytes(data[position : position + 4], "little")
        data[position + 4 : position + 8] = zlib.crc32(data[position + 8 : end]).to_bytes(4, "little")
        position = end
    return bytes(data)


@few_many_all(30, 2000, 20_000)
def test_files_with_accidents_are_refused_and_what_is_not_is_decoded_to_the_bit(small_files, rng, count):
    originals = [(data, decoded(data)[0]) for data in small_files]
    refused = 0
    for index in range(count):
        data, sound = originals[index % len(originals)]
        damaged, stranger = mutated(data, rng), index // len(originals) % 2 == 1
        faulthandler.dump_traceback_later(60, exit=True)  # a hang
        try:
            result, rate = decoded(signed(damaged) if stranger else damaged)
        except InputError as error:
            assert "npae" in str(error)
            refused += 1
        else:
            assert stranger and np.isfinite(result).all() and rate > 0 or np.array_equal(result, sound)
        faulthandler.cancel_dump_traceback_later()
    print(f"{count} .npae files: {refused} refused, {count - refused} decoded")


@few_many_all(3, 20, 200)
def test_the_command_refuses_files_with_accidents_in_one_sentence_and_leaves_nothing(
    small_files, rng, capfd, count,
):
    for index in range(count):
        original = small_files[index % len(small_files)]
        Path("a.npae").write_bytes(mutated(original, rng) or b"n")
        code = decompress.main(["a.npae", "-o", "out.wav"])
        printed = capfd.readouterr()
        if code == 0:  # what befell it undid itself
            assert Path("a.npae").read_bytes() == original
            os.remove("out.wav")
            continue
        assert code == 2 and printed.out == "" and printed.err.count("\n") == 1, printed
        assert printed.err.startswith("error: a.npae: this ") and [*os.listdir()] == ["a.npae"]


@pytest.fixture(scope="module")
def all_files(tmp_path_factory):
    """What the commands read and write when nothing happens to them: {name: the bytes}."""
    with pytest.MonkeyPatch().context() as patch:
        patch.chdir(tmp_path_factory.mktemp("whole"))
        write("song.wav", demo_song(2.0, 8000), 8000)
        assert compress.main(COMMANDS["compress"]) == 0
        os.link("out.npae", "song.npae")
        assert decompress.main(COMMANDS["decompress"]) == 0
        return {path.name: path.read_bytes() for path in Path().iterdir()}


@pytest.fixture
def whole(all_files):
    """The bytes that the commands write, in a folder that has what they read."""
    for name in ("song.wav", "song.npae"):
        Path(name).write_bytes(all_files[name])
    return all_files


@pytest.mark.parametrize("size", [0, 100, 1000])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_that_may_not_grow_is_one_sentence_with_the_cause_and_leaves_nothing(
    whole, capsys, name, size,
):
    before, (soft, hard) = {*os.listdir()}, resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        code = MODULES[name].main(COMMANDS[name])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    printed = capsys.readouterr()
    assert code == 1 and printed.out == "" and printed.err.count("\n") == 1
    assert printed.err.startswith(f"error: {COMMANDS[name][2]}: File too large")
    assert {*os.listdir()} == before


def stopped(name, number, seconds):
    """Send a command a signal some seconds after its start, and return (its exit code, stderr)."""
    code = (
        "import sys\nfrom numpyae.process import start\nstart()\n"
        "print('begun', flush=True, file=sys.stderr)\n"
        f"from numpyae.{name} import main\nsys.exit(main())"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        [sys.executable, "-c", code, *COMMANDS[name]], env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    ) as process:
        assert process.stderr.readline() == "begun\n"
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
        _, said = process.communicate()
    return process.returncode, said


@few_many_all(2, 20, 200)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda x: x.name)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_stopped_at_any_moment_leaves_nothing_torn(whole, rng, name, number, count):
    output, before, ended = COMMANDS[name][2], {*os.listdir()}, 0
    for seconds in rng.uniform(0, 1, count):
        code, said = stopped(name, number, seconds)
        there = Path(output).exists()
        assert not there or Path(output).read_bytes() == whole[output]
        ended += code == 0
        if number == signal.SIGKILL:  # cannot be noticed: the next run removes what it left
            assert code in (0, -number)
            assert MODULES[name].main([*COMMANDS[name], "--force"]) == 0
            assert {*os.listdir()} == before | {output}
        else:
            assert {*os.listdir()} == before | {output} if there else before
            words = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
            stop = (128 + number, f"error: stopped by {words}\n")
            # Python starts or ends, and nobody listens yet, or any more
            outside = (code, said) == (-number, "") and (there or number == signal.SIGTERM)
            assert (code, said) in ((0, ""), stop) or outside
        Path(output).unlink(missing_ok=True)
    print(f"{name}, {number.name}: {ended} of {count} had ended before")
