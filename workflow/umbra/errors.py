"""The two ways a stage ends early on purpose."""


class InputError(Exception):
    """Input that the user can mend; the message is one sentence naming file, key and remedy."""


class Rejected(Exception):
    """A galaxy whose data cannot be used; the message is the reason, and the run goes on."""
