"""Reference pages made from the program itself: a page cannot disagree with the code it describes."""

from typing import Any

from sphinx.application import Sphinx

from hftd_docs.command_line import command_lines
from hftd_docs.directive import made_of
from hftd_docs.exit_statuses import exit_lines
from hftd_docs.log_messages import message_lines
from hftd_docs.names import name_lines
from hftd_docs.plugin_kinds import hook_lines
from hftd_docs.risk_checks import check_lines
from hftd_docs.settings import setting_lines


def setup(app: Sphinx) -> dict[str, Any]:
    """Add one directive for each thing that is made."""
    app.add_directive("hftd-settings", made_of(setting_lines))
    app.add_directive("hftd-commands", made_of(command_lines))
    app.add_directive("hftd-exit-statuses", made_of(exit_lines))
    app.add_directive("hftd-risk-checks", made_of(check_lines))
    app.add_directive("hftd-hooks", made_of(hook_lines))
    app.add_directive("hftd-messages", made_of(message_lines))
    app.add_directive("hftd-names", made_of(name_lines))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
