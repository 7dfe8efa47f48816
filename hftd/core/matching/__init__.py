"""The matching engine of the simulated venue and of replay: one paper account, Alpaca's rules, no I/O."""

from hftd.core.matching.account import Account, Holding
from hftd.core.matching.exchange import Exchange
from hftd.core.matching.rejection import Rejection, plain
from hftd.core.matching.terms import Fees, Slippage, Terms
from hftd.core.matching.ticket import Ticket

__all__ = ["Account", "Exchange", "Fees", "Holding", "Rejection", "Slippage", "Terms", "Ticket", "plain"]
