"""Every risk check hftd ships: the code of its refusals, what it asks, the limits it reads."""

import inspect
import re
from collections.abc import Iterator

from msgspec import structs

from hftd.core.risk.chain import SHIPPED
from hftd.core.risk.limits import Limits


def check_lines(_: str) -> Iterator[str]:
    """A definition list in the order the checks are asked."""
    known = [field.name for field in structs.fields(Limits)]
    for code, check in SHIPPED.items():
        source = inspect.getsource(check)
        limits = [name for name in known if re.search(rf"\blimits\.{name}\b", source)]
        yield from (f".. _check-{code.replace('_', '-')}:", "", f"``{code}``")
        yield from (f"   {line.strip()}" for line in (check.__doc__ or "").splitlines())
        if limits:
            yield f"   *Limits:* {', '.join(f':confval:`risk.{name}`' for name in limits)}."
        yield ""
