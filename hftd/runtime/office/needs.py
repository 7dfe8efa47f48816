"""Which plugins the back office needs: those with offices and calendars, as the daemon itself has loaded them.

What else lies in the plugins folder, or has come there since, is none of its business.
"""

from pathlib import Path

from msgspec import Struct

from hftd.plugin import find, host
from hftd.plugin.host import Plugins
from hftd.venues.shipped import SHIPPED

HOOKS = frozenset({"register_offices", "register_calendars"})


class Needs(Struct, frozen=True):
    """Plugins beside hftd's own."""

    files: tuple[tuple[str, dict[str, bytes]], ...] = ()
    """Plugin files by their paths, each with its source and what it imports beside it; nothing: read it anew."""
    packages: tuple[str, ...] = ()
    """Entry points of installed packages, by name."""


NOTHING = Needs()


def needs(plugins: Plugins, folder: Path) -> Needs:
    """What of the ``plugins`` that were loaded is needed; ``folder`` is that of the files."""
    wanted = [each for each in plugins.found if HOOKS & set(each.hooks)]
    ours = {module.__name__ for module in SHIPPED}
    files = tuple((each.file, dict(each.sources)) for each in wanted if Path(each.file).parent == folder)
    known = {file for file, _ in files}
    return Needs(files, tuple(each.name for each in wanted if each.file not in known and each.name not in ours))


def needs_for(venue: str, folder: Path) -> Needs:
    """What is needed for a venue where nothing was loaded: hftd's own office, else whatever speaks of offices.

    Raises PluginError, Refused.
    """
    if venue in load(NOTHING).parts("offices"):
        return NOTHING
    files = [path for path in find.discover(folder) if b"register_offices" in find.read(path)]
    return Needs(tuple((str(path), {}) for path in files), tuple(entry.name for entry in find.installed()))


def load(needed: Needs) -> Plugins:
    """Load them, hftd's own first. Raises PluginError, Refused."""
    plugins = host.load(None, SHIPPED, [entry for entry in find.installed() if entry.name in needed.packages])
    for file, sources in needed.files:
        path = Path(file)
        if sources:
            plugins.add_source(path, sources[path.name], sources.get)
        else:
            plugins.add_file(path)
    return plugins
