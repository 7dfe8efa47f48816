"""Libraries loaded at their first use: in a process of its own each, since this one has them all by now."""

import subprocess
import sys

import pytest


def said(program: str) -> str:
    """What a fresh Python prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_back_office_of_alpaca_loads_neither_pandas_nor_numpy() -> None:
    """Both together are two thirds of the time a start waits for the back office, and of its memory."""
    program = "import sys, hftd.venues.alpaca.office; print([n for n in ('pandas', 'numpy') if n in sys.modules])"

    assert said(program) == "[]"


def test_who_asks_alpaca_py_for_a_table_gets_one() -> None:
    program = (
        "import hftd.venues.alpaca.office\n"
        "from alpaca.data.models import BarSet\n"
        "bar = {'t': '2026-01-05T14:30:00Z', 'o': 1, 'h': 2, 'l': 1, 'c': 2, 'v': 5, 'n': 1, 'vw': 1.5}\n"
        "print(BarSet({'SPY': [bar]}).df['volume'].tolist())"
    )

    assert said(program) == "[5.0]"


@pytest.mark.parametrize("before", ["", "import decimal; "])
def test_afterwards_the_library_is_imported_as_ever(before: str) -> None:
    """Whether it was there before or not; what was imported within the block is whole by then."""
    program = (
        f"{before}from hftd.venues.alpaca.later import later\n"
        "with later('decimal', 'fractions'):\n"
        "    import decimal as early\n"
        "import decimal, fractions\n"
        "print(decimal.Decimal('0.5') + early.Decimal('0.25'), fractions.Fraction(1, 2))"
    )

    assert said(program) == "0.75 1/2"


def test_an_import_that_fails_leaves_nothing_behind() -> None:
    program = (
        "import sys\n"
        "from hftd.venues.alpaca.later import later\n"
        "try:\n"
        "    with later('fractions'):\n"
        "        import no_such_module\n"
        "except ImportError:\n"
        "    print('fractions' in sys.modules)"
    )

    assert said(program) == "False"
