"""The errors that a command shows to its user as a sentence."""


class InputError(ValueError):
    """The user's input cannot be used; the message says what was expected, what was found, and what to do."""


class FileChanged(Exception):
    """A file is no longer what it was when it was opened; the message says what changed, and what to do."""
