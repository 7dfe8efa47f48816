"""Tapes: recorded or generated market data as iterators of events in the order of time."""

from hftd.tape.generate import generate
from hftd.tape.report import FileReport, TapeReport
from hftd.tape.tape import Tape, open_tape

__all__ = ["FileReport", "Tape", "TapeReport", "generate", "open_tape"]
