"""Every exit status of ``hftd``: those of its errors, and the ones that are no error of its own."""

from collections.abc import Iterator

from hftd import errors

PLAIN = {
    errors.OK: "Done.",
    errors.USAGE: "The command line makes no sense; nothing was done.",
    errors.INTERNAL: "A bug in hftd; the traceback is on standard error or in the log.",
}


def exit_lines(_: str) -> Iterator[str]:
    """A definition list of numbers and meanings."""
    for number, meaning in sorted(statuses().items()):
        yield from (f"**{number}**", f"   {meaning}", "")


def statuses() -> dict[int, str]:
    """Exit status to what it means. Errors that share one are told in one sentence each."""
    told = dict(PLAIN)
    for error in _kinds(errors.HftdError):
        meaning = " ".join((error.__doc__ or "").split())
        told[error.exit_status] = f"{told.get(error.exit_status, '')} {meaning}".strip()
    return told


def _kinds(error: type[errors.HftdError]) -> Iterator[type[errors.HftdError]]:
    yield error
    for kind in error.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield from _kinds(kind)
