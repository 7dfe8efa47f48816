"""The risk checks hftd ships, registered through the hook foreign ones use."""

from hftd.core.risk.chain import SHIPPED
from hftd.plugin.hookspecs import CheckFactory
from hftd.plugin.marks import hookimpl


@hookimpl
def register_checks() -> dict[str, CheckFactory]:
    """Every shipped check, in the order they are asked."""
    return dict(SHIPPED)
