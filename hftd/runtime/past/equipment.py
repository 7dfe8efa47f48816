"""Plugin files a day is lived with beside its models: risk checks, feeds, calendars. Kept, and loaded as they were."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from hftd.errors import HftdError, PluginError
from hftd.plugin import host
from hftd.plugin.host import Plugin, Plugins
from hftd.runtime.past import archive
from hftd.venues.shipped import SHIPPED

Noted = Mapping[str, str] | None
"""Names of files and the digest of each, in the order they were loaded; None where nobody noted them."""

OTHER = "its checks and feeds are those of hftd, of installed packages and of the plugins folder as they are now"


def equipment(plugins: Plugins, folder: Path) -> Iterator[Plugin]:
    """Files of ``folder`` that register more than models."""
    return (each for each in plugins.found if Path(each.file).parent == folder and _needed(each))


def keep(root: Path, plugins: Plugins, folder: Path) -> dict[str, str]:
    """Keep those files in the state folder ``root``; what a journal notes of them. Raises HftdError."""
    noted = {}
    for plugin in equipment(plugins, folder):
        archive.keep(root, plugin.digest, plugin.sources)
        noted[Path(plugin.file).name] = plugin.digest
    return noted


def equipped(root: Path, noted: Noted, folder: Path | None) -> tuple[Plugins, list[str]]:
    """Hftd's own plugins, those of packages, and the files that were ``noted``; and what to say of what is not as then.

    What is not kept in ``root`` is taken from ``folder`` as it is now. Raises PluginError, Refused.
    """
    if noted is None:
        return host.load(folder, SHIPPED), [f"the journal does not name plugin files, so {OTHER}"]
    plugins = host.load(None, SHIPPED)
    lines = []
    for name, digest in noted.items():
        try:
            _add_kept(plugins, root, digest)
        except HftdError as error:
            lines.append(f"{name}: {error}; {_add_present(plugins, folder, name)}")
    return plugins, lines


def _add_kept(plugins: Plugins, root: Path, digest: str) -> None:
    files = archive.sources(root, digest)
    own, source = next(iter(files.items()))
    plugins.add_source(root / "models" / digest / own, source, files.get)


def _add_present(plugins: Plugins, folder: Path | None, name: str) -> str:
    """Load a file of the folder as it is now; in words, what was done."""
    if folder is None or not (folder / name).is_file():
        return "what it registered is missing"
    try:
        plugins.add_file(folder / name)
    except PluginError as error:
        return f"what it registered is missing: {error}"
    return "it is taken as it is now"


def _needed(plugin: Plugin) -> bool:
    return bool(set(plugin.hooks) - {"register_models"})
