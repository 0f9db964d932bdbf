"""The one exception that the builder raises for people to read."""

# Exit codes, as those of the codectrace program.
USAGE = 2
BAD_DATA = 3
ENVIRONMENT = 4
INTERRUPTED = 75


class DemoCorpusError(Exception):
    """What is wrong, where, and what to do about it; `exit_code` is the process's."""

    def __init__(self, exit_code: int, message: str):
        super().__init__(message)
        self.exit_code = exit_code
