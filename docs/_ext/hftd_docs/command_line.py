"""Every command and option, as argparse has them."""

import argparse
from collections.abc import Iterator

from hftd.cli.main import parser
from hftd_docs.directive import indented


def command_lines(_: str) -> Iterator[str]:
    """A section for each command: what it does, how it is called, and its options."""
    for name, command in commands().items():
        title = f"hftd {name}"
        yield from (f".. _hftd-{name.replace(' ', '-')}:", "", title, "~" * len(title), "")
        yield from (_sentence((command.description or "").removeprefix(f"{title}: ")), "")
        yield from (".. code-block:: text", "", *indented(_usage(command)), "")
        yield from (f".. program:: {title}", "")
        for action in command._actions:
            if not isinstance(action, argparse._HelpAction):
                yield from _option(action)


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command, in the order of ``hftd --help``; a command's own commands come behind it."""
    return dict(_below(parser()))


def _below(command: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, each in action.choices.items():
                yield before + name, each
                yield from _below(each, f"{before}{name} ")


def _usage(command: argparse.ArgumentParser) -> str:
    command.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=78)
    return command.format_usage().removeprefix("usage: ").replace("[-h] ", "").replace("\n       ", "\n  ")


def _option(action: argparse.Action) -> Iterator[str]:
    if action.option_strings:
        value = _value(action)
        yield f".. option:: {', '.join(name + value for name in action.option_strings)}"
    else:
        yield f".. option:: {action.metavar or action.dest}"
    yield from ("", f"   {_sentence(action.help or '')}", "")


def _value(action: argparse.Action) -> str:
    """How an option's value is written behind it."""
    if action.nargs == 0:
        return ""
    word = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    return {"?": f" [{word}]", "+": f" {word} …"}.get(str(action.nargs), f" {word}")


def _sentence(text: str) -> str:
    """``text`` with a capital and a full stop; its stars are stars."""
    text = " ".join(text.split()).replace("*", r"\*")
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")
