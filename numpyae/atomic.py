"""Files that are written whole or not at all."""
import os
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic(path):
    """Give the block a temporary path beside `path`; rename it over `path` when the block ends, remove it if it raises."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path, text):
    """Write a text file whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
