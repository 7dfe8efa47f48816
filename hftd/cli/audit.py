"""``hftd audit``: a session's journal decided anew, and every decision held against what was decided live."""

import argparse
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from hftd.cli.options.session import add_session, journal_of, sessions
from hftd.cli.options.settings import add_config
from hftd.config.load import folder, load
from hftd.config.schema import Config
from hftd.errors import FAILED, OK, HftdError
from hftd.lab.evidence.audit import Audit, Audited, Difference
from hftd.lab.evidence.audit_clues import clues
from hftd.lab.evidence.bundle import unpack
from hftd.lab.evidence.materials import Stores, lives
from hftd.lab.tapes.seal import begun
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprints
from hftd.runtime.assemble import state_folder
from hftd.venues.shipped import SHIPPED


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "audit", help="decide a session anew, and compare",
        description="Pass a session's journal through a fresh engine with the models that played, and hold every "
        "decision against the journal's. Exit status 1 where one differs. It reads files and asks nobody.",
    )  # fmt: skip
    add_session(parser)
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="the session in a file that `hftd bundle` made")
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Audit and say what came of it."""
    if arguments.bundle is not None:
        return _run_bundle(arguments.bundle, as_json=arguments.json)
    config = load(arguments.config)
    root = state_folder(config, arguments.config, os.environ)
    if arguments.journal is None and not sessions(root):
        print("no session to audit yet")
        return OK
    journal = journal_of(root, arguments.journal)
    audit = Audit(journal, stores(config, arguments.config, journal).of(begun(journal).plugins))
    return show(audit.run(), audit, as_json=arguments.json)


def _run_bundle(file: Path, *, as_json: bool) -> int:
    with TemporaryDirectory(prefix="hftd-bundle-") as place:
        made, journal = unpack(file, Path(place))
        begin = begun(journal)
        first = Stores(Path(place), begin.venue, say_of(journal), held_to=made.checks).of(begin.plugins)
        missing = sorted(set(made.checks) - {code for life in lives(journal, first) for code in life.checks})
        if missing:
            raise HftdError(f"{file}: the session was held to checks that are not here: {', '.join(missing)}")
        audit = Audit(journal, first)
        return show(audit.run(), audit, as_json=as_json)


def stores(config: Config, file: Path, journal: Path) -> Stores:
    """Where what audits a ``journal`` comes from: the archive beside it, else the plugins folder."""
    plugins = folder(config, file)

    @lru_cache(maxsize=1)
    def at_hand() -> tuple[Blueprint, ...]:
        return blueprints(config, host.load(plugins, SHIPPED), file, strict=False)

    return Stores(journal.parent.parent, begun(journal).venue, say_of(journal), folder=plugins, at_hand=at_hand)


def say_of(journal: Path) -> Callable[[str], None]:
    """What tells people of a session that something is not as it was."""
    return lambda line: print(f"hftd: {journal.name}: {line}", file=sys.stderr)


def show(made: Audited, audit: Audit, *, as_json: bool) -> int:
    """Print what an audit found; the exit status."""
    hints = {model: found for model, sources in audit.models().items() if (found := clues(sources))}
    if as_json:
        print(msgspec.json.encode({**msgspec.to_builtins(made), "clues": hints}).decode())
        return FAILED if made.differences else OK
    differing = f"{len(made.differences):,}{' or more' if made.ended else ''} differing decisions"
    lives = f", {made.lives} lives" if made.lives > 1 else ""
    print(f"{made.journal}: {made.events:,} events, {made.decisions:,} decisions{lives}, {differing}")
    print(f"sha256 of the decisions: {made.digest}")
    for each in made.differences:
        print(_line(each), file=sys.stderr)
    for model, found in hints.items():
        print(f"model {model} decided differently on the same events: it uses {', '.join(found)}", file=sys.stderr)
    return FAILED if made.differences else OK


def _line(each: Difference) -> str:
    whose = f", model {each.model}" if each.model else ""
    return f"record {each.record}, {each.event}{whose}: expected {each.expected}, found {each.found}"
