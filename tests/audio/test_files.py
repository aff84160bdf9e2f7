"""The bytes of a file: opened or refused in words, hashed, and seen to change."""
import hashlib
import os
from pathlib import Path

import pytest

from numpyae.audio.files import Contents
from numpyae.errors import FileChanged, InputError


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 9000)  # more than is read at a time
    return path


def grow(path):
    with open(path, "ab") as file:
        file.write(b"more")


def rewrite(path):
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, (0, 0))  # for disks whose clock is slow


CHANGES = {grow: "had 2,304,000 bytes and now has 2,304,004", rewrite: "was written to"}


def test_the_digest_is_that_of_all_its_bytes(path):
    with Contents(path) as contents:
        contents.file.read(100)
        assert contents.sha256() == hashlib.sha256(path.read_bytes()).hexdigest()
        assert contents.size == 2_304_000


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed_and_said(path, change):
    with Contents(path) as contents:
        contents.check_unchanged()
        change(path)
        for look in (contents.check_unchanged, contents.sha256):
            with pytest.raises(FileChanged) as caught:
                look()
            said = f"{path} has changed while it was in use (it {CHANGES[change]}): start again"
            assert str(caught.value) == said


def test_a_file_that_is_moved_or_removed_or_locked_has_not_changed(path):
    with Contents(path) as contents:
        digest = contents.sha256()
        os.chmod(path, 0o400)
        path.rename(path.with_name("b.bin"))
        path.with_name("b.bin").unlink()
        path.write_bytes(b"another file")
        assert contents.sha256() == digest


def test_a_link_to_nothing_says_where_it_leads(tmp_path):
    os.symlink("nowhere.wav", tmp_path / "a.wav")
    with pytest.raises(InputError, match="no file .*a.wav: it is a link to nowhere.wav, which is not there"):
        Contents(Path(tmp_path / "a.wav"))
