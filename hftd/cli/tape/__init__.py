"""``hftd tape``: recorded market data: what there is, whether it is sound, from elsewhere and to elsewhere."""

import argparse

from hftd.cli.tape import alpaca, check, export, import_, ls, record


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command and its own commands."""
    parser = commands.add_parser(
        "tape", help="recorded market data", description=(__doc__ or "").replace("``", "")
    )
    own = parser.add_subparsers(metavar="COMMAND", required=True, help="what to do with tapes; each is described below")
    ls.add(own)
    check.add(own)
    import_.add(own, alpaca.add)
    export.add(own)
    record.add(own)
