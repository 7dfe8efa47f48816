"""Every risk check hftd ships: the code of its refusals, how it is defined, what passes anyway, the limits it reads."""

import inspect
import re
from collections.abc import Iterator

from msgspec import structs

from hftd.core.risk.chain import SHIPPED
from hftd.core.risk.limits import Limits
from hftd_docs.directive import indented

PASSES = "Passes nevertheless:"


def check_lines(_: str) -> Iterator[str]:
    """A definition list in the order the checks are asked."""
    known = [field.name for field in structs.fields(Limits)]
    for code, check in SHIPPED.items():
        source = inspect.getsource(check)
        limits = [name for name in known if re.search(rf"\blimits\.{name}\b", source)]
        said = (inspect.getdoc(check) or "").replace(PASSES, f"*{PASSES}*")
        yield from (f".. _check-{code.replace('_', '-')}:", "", f"``{code}``", *indented(said), "")
        if limits:
            yield f"   *Limits:* {', '.join(f':confval:`risk.{name}`' for name in limits)}."
        yield ""
