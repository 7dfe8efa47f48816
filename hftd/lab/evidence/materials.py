"""What a journal is decided anew with: the checks and feeds of each life that wrote it, and the models that played."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from hftd.config.schema import Venue
from hftd.core.events import Restarted, Version
from hftd.errors import HftdError, PluginError
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.hookspecs import CheckFactory
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Feed
from hftd.runtime.past import archive
from hftd.runtime.past.equipment import Noted, equipped
from hftd.runtime.past.journal import read
from hftd.runtime.past.unfold import Unfolding

AtHand = Callable[[], Sequence[Blueprint]]
"""Models of the plugins folder as it is now, for those that are not in the archive. Raises HftdError."""


class Materials(Struct, frozen=True):
    """What an engine is made of, beside what the journal says."""

    feeds: Callable[[], Sequence[Feed]]
    """Feeds of the journal's venue, made anew: they decode its frames."""
    checks: Mapping[str, CheckFactory]
    """Risk checks by the code of their refusals."""
    plan: Callable[[str, Version], Blueprint]
    """The model of a name as it was, loaded anew. Raises PluginError where its source is not at hand."""
    sources: Mapping[str, Mapping[str, bytes]] = {}
    """Plugin files of that life that held more than models, by digest; each with what it imported, by name."""
    others: Callable[[Noted], "Materials"] | None = None
    """The same for a life with other plugin files."""

    def unfolding(self) -> Unfolding:
        """The records of this venue's journal as what was lived."""
        feeds = self.feeds()
        return Unfolding(feeds, follows=any(feed.keeps_time for feed in feeds))

    def of(self, noted: Noted) -> "Materials":
        """What a life was lived with that noted these plugin files. Raises PluginError."""
        return self if self.others is None else self.others(noted)


class Stores:
    """Where materials come from: the state folder ``root``, and what is at hand now where it lacks something."""

    def __init__(
        self, root: Path, venue: Venue, say: Callable[[str], None], *,
        folder: Path | None = None, at_hand: AtHand = tuple, held_to: Collection[str] | None = None,
    ) -> None:  # fmt: skip
        """``folder`` is that of the plugins; ``say`` is told of what is not as it was; no check but ``held_to``."""
        self._root = root
        self._venue = venue
        self._say = say
        self._folder = folder
        self._at_hand = at_hand
        self._held_to = held_to
        self._made: dict[tuple[tuple[str, str], ...] | None, Materials] = {}

    def of(self, noted: Noted) -> Materials:
        """What a life was lived with that noted these plugin files. Raises PluginError."""
        key = None if noted is None else tuple(noted.items())
        if key not in self._made:
            self._made[key] = self._make(noted)
        return self._made[key]

    def _make(self, noted: Noted) -> Materials:
        plugins, lines = equipped(self._root, noted, self._folder)
        for line in lines:
            self._say(line)
        factory, venue = plugins.factory("feeds", self._venue.name), self._venue
        checks = {
            code: part.factory for code, part in plugins.parts("checks").items()
            if self._held_to is None or code in self._held_to
        }  # fmt: skip
        kept = set((noted or {}).values())
        sources = {each.digest: each.sources for each in plugins.found if each.digest in kept}
        return Materials(lambda: factory(venue, Keys("", "")), checks, self._plan, sources, self.of)

    def _plan(self, name: str, version: Version) -> Blueprint:
        try:
            return archive.load_plan(self._root, name, version)
        except PluginError as error:
            for each in self._present():
                if (each.name, each.version) == (name, version):
                    return each
            raise error

    def _present(self) -> Sequence[Blueprint]:
        try:
            return self._at_hand()
        except HftdError:  # a folder that is broken now has nothing to do with what was
            return ()


def lives(journal: Path, materials: Materials) -> list[Materials]:
    """The materials of each life in a journal, ``materials`` being those of the first. Raises PluginError."""
    noted = [content.plugins for record in read(journal) if isinstance(content := record.content, Restarted)]
    return [materials, *(materials.of(each) for each in noted)]
