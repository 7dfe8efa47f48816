"""Account, positions, configuration, assets and portfolio history as the API shows them (trading API, section 6)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from hftd.core.matching import Exchange, plain
from hftd.core.matching.account import ZERO
from hftd.core.matching.rejection import missing
from hftd.venues.sim.sheets import asset_id
from hftd.venues.sim.times import eastern_date, rfc3339

ACCOUNT = UUID("3f0c2a52-6f5a-5d55-9d5e-1a9f0c6d7b21")
CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")
MAINTENANCE = Decimal("0.30")

Json = dict[str, Any]


def dollars(figure: Decimal) -> str:
    """Money with its cents, as the account shows it."""
    return plain(figure.quantize(CENT))


def account(exchange: Exchange, now: int) -> Json:
    """``GET /v2/account``."""
    values = exchange.funds.values()
    long = sum((each for each in values.values() if each > 0), ZERO)
    short = sum((each for each in values.values() if each < 0), ZERO)
    equity = exchange.account.cash + long + short
    multiplier = exchange.account.multiplier(equity)
    power, gross = exchange.funds.buying_power(), long - short
    return {
        "id": str(ACCOUNT), "account_number": "PASIMULATED1", "status": "ACTIVE", "currency": "USD",
        "cash": dollars(exchange.account.cash), "portfolio_value": dollars(equity), "equity": dollars(equity),
        "last_equity": dollars(exchange.account.start), "buying_power": dollars(power),
        "regt_buying_power": dollars(max(ZERO, min(multiplier, 2) * equity - gross)),
        "non_marginable_buying_power": dollars(max(ZERO, equity - gross)),
        "options_buying_power": dollars(max(ZERO, equity - gross)), "effective_buying_power": dollars(power),
        "multiplier": str(multiplier), "initial_margin": dollars(gross / 2),
        "maintenance_margin": dollars(gross * MAINTENANCE), "last_maintenance_margin": "0", "sma": "0",
        "long_market_value": dollars(long), "short_market_value": dollars(short),
        "position_market_value": dollars(gross), "accrued_fees": "0", "pending_transfer_in": "0",
        "pending_transfer_out": "0", "pending_reg_taf_fees": "0", "intraday_adjustments": "0",
        "balance_asof": eastern_date(now).isoformat(), "crypto_status": "INACTIVE", "crypto_tier": 0,
        "options_approved_level": 0, "options_trading_level": 0, "shorting_enabled": multiplier > 1,
        "trade_suspended_by_user": False, "trading_blocked": False, "transfers_blocked": False,
        "account_blocked": False, "created_at": rfc3339(now - now % 86_400_000_000_000), "admin_configurations": {},
        "user_configurations": None,
    }  # fmt: skip


def positions(exchange: Exchange) -> list[Json]:
    """``GET /v2/positions``."""
    return [position(exchange, name) for name, held in exchange.account.holdings.items() if held.shares]


def position(exchange: Exchange, symbol: str) -> Json:
    """One position. Raises ``Rejection`` where there is none."""
    holding = exchange.account.holdings.get(symbol)
    if holding is None or not holding.shares:
        raise missing("position does not exist")
    price = exchange.market.price(symbol) or holding.average
    value, cost = holding.shares * price, holding.cost
    gain = value - cost
    fraction = plain((gain / abs(cost)).quantize(MILLIONTH)) if cost else "0"
    free = abs(holding.shares) - exchange.funds.held_shares(symbol)
    return {
        "asset_id": asset_id(symbol), "symbol": symbol, "exchange": "NYSE", "asset_class": "us_equity",
        "asset_marginable": True, "qty": plain(holding.shares), "qty_available": plain(free.copy_sign(holding.shares)),
        "avg_entry_price": plain(holding.average.quantize(MILLIONTH)),
        "side": "long" if holding.shares > 0 else "short",
        "market_value": plain(value), "cost_basis": plain(cost), "unrealized_pl": plain(gain),
        "unrealized_plpc": fraction, "unrealized_intraday_pl": plain(gain), "unrealized_intraday_plpc": fraction,
        "current_price": plain(price), "lastday_price": plain(price), "change_today": "0",
    }  # fmt: skip


def asset(symbol: str) -> Json:
    """One asset: everything is tradable here."""
    return {
        "id": asset_id(symbol), "class": "us_equity", "exchange": "NYSE", "symbol": symbol,
        "name": f"{symbol} (simulated)", "status": "active", "tradable": True,
        "marginable": True, "shortable": True, "easy_to_borrow": True,
        "fractionable": True, "margin_requirement_long": "30", "margin_requirement_short": "30",
        "maintenance_margin_requirement": 30, "attributes": [],
    }  # fmt: skip


def configuration() -> Json:
    """The account configuration a new account has."""
    return {
        "trade_confirm_email": "all", "suspend_trade": False, "no_shorting": False, "fractional_trading": True,
        "max_margin_multiplier": "4", "max_options_trading_level": 0, "ptp_no_exception_entry": False,
        "disable_overnight_trading": False, "dtbp_check": "entry", "pdt_check": "entry",
    }  # fmt: skip


def portfolio_history(exchange: Exchange, now: int) -> Json:
    """``GET /v2/account/portfolio/history``: where the account began and where it stands."""
    start, equity = exchange.account.start, exchange.funds.equity()
    gain = equity - start
    return {
        "timestamp": [now // 1_000_000_000], "equity": [float(equity)], "profit_loss": [float(gain)],
        "profit_loss_pct": [float(gain / start) if start else 0.0], "base_value": float(start),
        "base_value_asof": eastern_date(now).isoformat(), "timeframe": "1D", "cashflow": {},
    }  # fmt: skip
