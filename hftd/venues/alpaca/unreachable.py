"""Why a request over HTTP came to nothing, in a few words: what requests and urllib3 raise names half of themselves."""

import socket
import ssl
from collections.abc import Iterator


def in_words(error: OSError) -> str:
    """What kept ``error``'s request from its answer: the name, the certificate, the network, or the time."""
    for cause in _causes(error):
        match cause:
            case TimeoutError():
                return "timed out"
            case socket.gaierror(strerror=str(words)):
                return f"the venue's name cannot be looked up: {words.lower()}"
            case ssl.SSLCertVerificationError(verify_message=words):
                return f"certificate verify failed: {words}"
            case ssl.SSLError(reason=str(words)):
                return f"no TLS connection: {words.lower().replace('_', ' ')}"
            case ConnectionError(strerror=None):  # http.client says it where not a byte of an answer came
                return "the venue closed the connection"
            case OSError(strerror=str(words)):
                return words.lower()
            case _:
                pass
    return str(error) or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """``error`` and what led to it, outermost first; urllib3 keeps some causes as ``reason`` or as an argument."""
    waiting, seen = [error], set()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        inner = [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
        waiting += [each for each in inner if isinstance(each, BaseException)]
