"""Every hook a plugin may implement, and the shape of what it returns."""

import inspect
import re
from collections.abc import Iterator

from hftd.plugin import hookspecs
from hftd_docs.directive import indented


def hook_lines(_: str) -> Iterator[str]:
    """A ``py:function`` for each hook, with the type of its factories spelt out."""
    source = inspect.getsource(hookspecs)
    factories = dict(re.findall(r"^(\w+Factory) = (.+)$", source, re.MULTILINE))
    for kind in hookspecs.KINDS:
        hook = getattr(hookspecs, f"register_{kind}")
        returns = inspect.signature(hook).return_annotation
        yield from (f".. py:function:: register_{kind}()", "")
        yield from indented(inspect.getdoc(hook) or "")
        yield ""
        shape = re.sub(r"[\w.]*?(\w+)(?=[\],\[ ]|$)", r"\1", str(returns))
        yield f"   Returns ``{factories.get(shape, shape)}``."
        yield ""
