"""The exceptions that stages raise on purpose."""

MAKE_AGAIN = "delete it and make it again"  # the remedy for a file of the workflow itself


class InputError(Exception):
    """An error that the user can correct.

    The message is one sentence with the file, the configuration key and the remedy.
    """


class Damaged(InputError):
    """A file whose content cannot be used: it is damaged, incomplete or of another kind.

    It is never raised for a fault of the system, which another attempt may not meet. So only this
    error may become `Rejected`, where the file belongs to one galaxy.
    """


class Rejected(Exception):
    """A galaxy whose data cannot be used.

    The message is the reason. The run continues with the other galaxies.
    """
