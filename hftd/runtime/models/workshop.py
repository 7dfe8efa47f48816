"""Where models are made ready while the daemon trades: a thread that watches the plugin folder.

A file that is new or other is tried in another process, loaded here, and rehearses on today's journal; then the loop
lets its models enter, between two events. Whatever fails leaves the old version trading, and is told in one line.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from functools import partial
from pathlib import Path
from typing import TypeVar

from hftd.config.load import load
from hftd.config.schema import Config
from hftd.errors import HftdError, PluginError, Unavailable
from hftd.plugin.blueprint import Blueprint, blueprint
from hftd.plugin.find import expect_ours
from hftd.plugin.host import Plugins
from hftd.plugin.module import blame
from hftd.plugin.watch import Changes, Watch
from hftd.runtime.loop import Loop
from hftd.runtime.models import rollback
from hftd.runtime.models.deadline import STRIDE, THEN, Deadline, TooLong
from hftd.runtime.models.entrance import Change, Entrance
from hftd.runtime.models.playbill import Playbill
from hftd.runtime.models.trials import Trials
from hftd.runtime.past import archive
from hftd.runtime.past.comeback import Rehearsals
from hftd.runtime.past.rehearsal import Rehearsal
from hftd.runtime.people import message_ids

log = logging.getLogger("hftd")

EVERY = 0.25  # seconds between two looks at the folder
FEW = 5  # records the loop catches up with in less than a millisecond
ROUNDS = 30  # of catching up, after which the loop takes what is left
MOST = 2_000  # records; if as many are left, the day goes on faster than the model can live through it

T = TypeVar("T")


class Workshop:
    """One thread beside the loop. What it changes in the daemon, it changes through ``entrance``, in the loop."""

    def __init__(
        self, loop: Loop, entrance: Entrance, playbill: Playbill, rehearsals: Callable[[Path], Rehearsals],
        watch: Watch, *, folder: Path, settings: Path, root: Path,
    ) -> None:  # fmt: skip
        """``watch`` looks at ``folder``, that of the plugins; ``settings`` is the file, ``root`` the state folder."""
        self.failures: dict[str, str] = {}
        """Plugin files whose latest version is not taken, and why. Replaced, never changed."""
        self.playbill = playbill
        self.settings = settings
        self.root = root
        self.folder = folder
        self.trials = Trials()
        """For this thread alone."""
        self._loop = loop
        self._entrance = entrance
        self._rehearsals = rehearsals
        self._tasks: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._watch = watch
        self._closed_folder = ""
        self._loaded: dict[Path, Plugins] = {}
        """What was loaded here, by file: let go of when the next version has taken its place."""
        self._thread = threading.Thread(target=self._run, name="workshop", daemon=True)

    def open(self) -> None:
        """Begin to watch."""
        self.trials.open()
        self._thread.start()

    def close(self) -> None:
        """Stop; what is under way is not waited for."""
        self._closing.set()
        self.trials.close()

    def broken(self) -> list[str]:
        """Plugin files whose latest version is not taken, and for which nothing plays. May be asked in the loop."""
        playing = {Path(file).name for file in tuple(self.playbill.owners.values())}
        return sorted(self.failures.keys() - playing)

    def do(self, task: Callable[[], None]) -> None:
        """Have ``task`` done here, after what is under way. May be called in the loop."""
        self._tasks.put(task)

    # ---- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                task = self._tasks.get(timeout=EVERY)
            except queue.Empty:
                task = self._look
            try:
                task()
            except Exception:  # a fault of ours: the daemon trades on, and says so
                log.exception("the workshop failed, and goes on")

    def _look(self) -> None:
        try:
            changes = self._watch.look()
        except OSError as error:
            if not self._closed_folder:
                self._closed_folder = str(error)
                log.warning("%s: cannot be looked at, what is in it trades on: %s", self.folder, error.strerror)
            return
        self._closed_folder = ""
        if changes != Changes():
            self.apply(changes)

    def apply(self, changes: Changes) -> None:
        """Take what changed in the folder, file by file."""
        gone = frozenset(str(self.folder / name) for name in changes.gone)
        files = {str(self.folder / name) for name in changes.files}
        if changes.helpers:
            files |= self.playbill.importing(changes.helpers) | {str(self.folder / name) for name in self.failures}
        for file in sorted(files - gone):
            self._try(Path(file), lambda path: self._take(path, gone))
        for file in sorted(gone):
            self._try(Path(file), self._drop)

    def _try(self, path: Path, turn: Callable[[Path], None]) -> None:
        """Do ``turn``; why it failed is kept, and told where it is news."""
        failures = {name: reason for name, reason in self.failures.items() if name != path.name}
        try:
            turn(path)
        except HftdError as error:
            if self._closing.is_set():
                return
            if self.failures.get(path.name) != str(error):
                fields = {"HFTD_FILE": str(path)}
                log.error("not taken: %s", error, extra={"message_id": message_ids.NOT_TAKEN, "fields": fields})
            failures[path.name] = str(error)
        self.failures = failures

    def _take(self, path: Path, gone: frozenset[str]) -> None:
        """Let the models of a file that is new or other enter. Raises HftdError; then nothing has changed."""
        expect_ours(self.folder)  # it may have been opened since the start
        self.trials.try_out(self.settings, path)
        plugins = Plugins()
        try:
            plugins.add_file(path)
            self._check_kinds(path, plugins)
            models = plugins.parts("models")
            self.playbill.claim(str(path), models, gone)
            tables = load(self.settings).models
            offered = [blueprint(models[name], tables.get(name, {}), self.settings) for name in sorted(models)]
            plans = [rollback.settled(self.root, plan) for plan in offered]
            leave = self.playbill.of(str(path)) - models.keys()
            self.perform([plan for plan in plans if self.playbill.enters(plan)], leave)
        except BaseException:
            plugins.forget()
            raise
        # What moved here from another file is not gone with that one: it is this one's now.
        self.playbill.register(str(path), offered)
        before = self._loaded.pop(path, None)
        if before is not None:
            before.forget()
        self._loaded[path] = plugins

    def _drop(self, path: Path) -> None:
        self.perform([], self.playbill.of(str(path)))
        self.playbill.register(str(path), [])
        before = self._loaded.pop(path, None)
        if before is not None:
            before.forget()

    def _check_kinds(self, path: Path, plugins: Plugins) -> None:
        """Raises PluginError for a file that registers what only a start takes."""
        (plugin,) = plugins.found
        others = [hook.removeprefix("register_") for hook in plugin.hooks if hook != "register_models"]
        if others:
            raise PluginError(f"{path}: registers {' and '.join(others)}, which needs a restart")

    # ---- for whoever has plans to perform ------------------------------------------------------------------------

    def perform(self, enter: Iterable[Blueprint], leave: Iterable[str], config: Config | None = None) -> None:
        """Let models enter and others leave, and other settings hold, all at one moment.

        Raises HftdError; then nothing has changed.
        """
        enter, leave = list(enter), sorted(leave)
        if not (enter or leave or config):
            return
        for plan in enter:
            archive.keep(self.root, plan.digest, plan.sources)
        removed = tuple((model, self.playbill.plays[model].table.when_removed == "flatten") for model in leave)
        while True:
            day = self._entrance.day
            rehearsed = tuple(self._rehearse(day, plan) for plan in enter)
            change = Change(day, rehearsed, removed, config)
            if self.in_loop(partial(self._entrance.open, change)):
                break
        for rehearsal in rehearsed:
            rehearsal.over()
        for plan in enter:
            self.playbill.plays[plan.name] = plan
            archive.note(self.root, plan.name, plan.version)
        for model in leave:
            del self.playbill.plays[model]

    def put_back(self, plan: Blueprint, reason: str) -> None:
        """Let a model play again as it did before its latest version, which is not taken for this ``reason``.

        It stays so until its file or its settings change.
        """

        def turn(path: Path) -> None:
            rollback.roll_back(self.root, plan.name, self.playbill.offered[plan.name], plan.version)
            self.perform([plan], ())
            raise PluginError(f"{path}: model {plan.name}: {reason}")

        if plan.name in self.playbill.owners:  # else it was taken away meanwhile
            self._try(Path(self.playbill.owners[plan.name]), turn)

    def in_loop(self, turn: Callable[[], T]) -> T:
        """What ``turn`` gives, called in the loop. Raises what it raises, Unavailable where the daemon is leaving."""
        made: Future[T] = Future()

        def take_turn() -> None:
            try:
                made.set_result(turn())
            except HftdError as error:
                made.set_exception(error)

        self._loop.post(take_turn)
        while not self._closing.is_set():
            try:
                return made.result(EVERY)
            except NotYet:
                continue
        raise Unavailable("the daemon is stopping")

    def replan(self, plan: Blueprint) -> None:
        """Go by another plan of a model whose version is the same."""
        self.playbill.plays[plan.name] = plan
        self.in_loop(partial(self._entrance.replan, plan))

    def _rehearse(self, day: Path, plan: Blueprint) -> Rehearsal:
        try:
            with Deadline() as deadline:
                rehearsals = self._rehearsals(day)
                rehearsals.beat = deadline.beat
                return self._lived_through(rehearsals, plan)
        except TooLong as late:
            where = blame(late, Path(plan.file))
            raise PluginError(
                f"{where}: model {plan.name}: on today's events: fewer than {STRIDE} records in {THEN:.0f} s"
            ) from None

    def _lived_through(self, rehearsals: Rehearsals, plan: Blueprint) -> Rehearsal:
        rehearsal = rehearsals.of(plan)
        left = MOST
        for _ in range(ROUNDS):
            left = rehearsals.catch_up(rehearsal, last=False)
            if left < FEW:
                break
        if left < MOST:
            return rehearsal
        raise PluginError(f"{plan.file}: model {plan.name} takes longer to live through the day than the day itself")
