"""What can go wrong with our surroundings or ourselves.

Mistakes in people's files are values (`Problem`), answers of the world are values (`Outcome`); only what is left is
an exception:

    OmiflowError
    ├── UsageError        the command was called wrongly                      exit status 2
    ├── EnvironmentFault  database, port, folder or lock can't be had         exit status 3
    │   └── StoreFault    a commit failed; nothing of it was kept
    ├── BadRequest        a request we can't take, with its HTTP status
    └── TemplateFault     a template failed on the values it was given
"""


class OmiflowError(Exception):
    """The root of what omiflow raises."""


class UsageError(OmiflowError):
    """A command was called in a way that can't be meant."""


class EnvironmentFault(OmiflowError):
    """Something omiflow needs from the machine isn't to be had."""


class StoreFault(EnvironmentFault):
    """A commit failed and left nothing behind."""


class BadRequest(OmiflowError):
    """A request that can't be accepted; `status` is the HTTP status of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class TemplateFault(OmiflowError):
    """A template failed on the values it was given."""
