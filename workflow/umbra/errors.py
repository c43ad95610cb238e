"""The two exceptions that stages raise on purpose."""


class InputError(Exception):
    """An error that the user can correct.

    The message is one sentence with the file, the configuration key and the remedy.
    """


class Rejected(Exception):
    """A galaxy whose data cannot be used.

    The message is the reason. The run continues with the other galaxies.
    """
