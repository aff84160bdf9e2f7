"""The one kind of error that a command shows to its user as a sentence."""


class InputError(ValueError):
    """The user's input cannot be used; the message says what was expected, what was found, and what to do."""
