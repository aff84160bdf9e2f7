"""The one kind of error that a command shows to its user as a sentence."""


class InputError(ValueError):
    """What the user gave cannot be used; the message says what came, what was wanted and what to do."""
