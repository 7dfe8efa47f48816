"""Every setting of ``hftd.toml``: its table, type, default and meaning. The reference page is made from this file."""

from datetime import date, time
from ipaddress import ip_address
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from hftd.config.expected import found
from hftd.core.risk.limits import Limits

NonNegative = Annotated[float, Meta(ge=0)]
Port = Annotated[int, Meta(ge=1, le=65535)]


def _says(text: str) -> Meta:
    return Meta(description=text)


def _day(text: str) -> bool:
    """Whether ``text`` is a day as YYYY-MM-DD, the one form that sorts and compares as text."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _minute(text: str) -> bool:
    """Whether ``text`` is a time of day as HH:MM."""
    try:
        return time.fromisoformat(text).isoformat("minutes") == text
    except ValueError:
        return False


class Table(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table of the file."""


class Venue(Table, frozen=True):
    """``[venue]``: where market data comes from and orders go. Every venue of this version is paper."""

    name: Annotated[str, _says("`sim` (the simulated venue on this machine) or `alpaca` (Alpaca's paper account).")] = (
        "sim"
    )
    feed: Annotated[Literal["iex", "sip", "delayed_sip", "test"], _says("Alpaca's market-data feed.")] = "iex"
    encoding: Annotated[Literal["json", "msgpack"], _says("How market data is encoded on the wire.")] = "json"
    host: Annotated[str, _says("`sim` only: a loopback address the simulated venue listens on.")] = "127.0.0.1"
    port: Annotated[Port, _says("`sim` only: its port.")] = 8790
    keys: Annotated[
        str,
        _says("A file of mode 0600 with the lines `key = …` and `secret = …`; systemd credentials come before it."),
    ] = "/etc/hftd/alpaca.keys"
    order_connections: Annotated[
        int, Meta(ge=1, le=8), _says("Kept-alive connections orders travel on; each carries one request at a time.")
    ] = 2

    def __post_init__(self) -> None:
        """Raises ValueError where ``host`` is not loopback: the simulated venue is for this machine only."""
        try:
            near = ip_address(self.host).is_loopback
        except ValueError:
            near = self.host == "localhost"
        if not near:
            raise ValueError(f'host: expected a loopback address such as "127.0.0.1", found {found(self.host)}')


class Session(Table, frozen=True):
    """``[session]``: when the daemon trades."""

    calendar: Annotated[str, _says("Exchange calendar, as pandas-market-calendars names it.")] = "NYSE"
    phases: Annotated[
        tuple[Literal["pre", "regular", "post"], ...],
        Meta(min_length=1),
        _says("Phases of the day models trade in; outside `regular` only limit orders for the day go out."),
    ] = ("regular",)
    when_closed: Annotated[
        Literal["sleep", "exit"], _says("`sleep` until the next session, or `exit` 0 and let `hftd.timer` start it.")
    ] = "sleep"
    wake_before_seconds: Annotated[NonNegative, _says("Connect this long before the open.")] = 300
    stop_before_seconds: Annotated[
        NonNegative, _says("Stop new intents and cancel orders this long before the close.")
    ] = 5
    linger_seconds: Annotated[NonNegative, _says("Stay connected this long after the close, for late answers.")] = 5
    flatten: Annotated[bool, _says("Sell or buy back every position when new intents stop.")] = False
    closed: Annotated[tuple[str, ...], _says("Days (YYYY-MM-DD) the exchange is shut whatever the calendar says.")] = ()
    early_closes: Annotated[
        dict[str, str],
        _says("Days (YYYY-MM-DD) that close early, with the time of the close (HH:MM) in the exchange's zone."),
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ValueError for a day or a time that no calendar or clock has."""
        for key, days in (("closed", self.closed), ("early_closes", self.early_closes)):
            for day in days:
                if not _day(day):
                    raise ValueError(f"{key}: expected a day as YYYY-MM-DD, found {found(day)}")
        for day, close in self.early_closes.items():
            if not _minute(close):
                raise ValueError(f"early_closes {day}: expected a time as HH:MM, found {found(close)}")


class Runtime(Table, frozen=True):
    """``[runtime]``: how the process runs."""

    wait: Annotated[
        Literal["block", "awake", "spin"],
        _says("`block` in the kernel; `awake` also keeps the CPU out of sleep states (needs /dev/cpu_dma_latency); "
              "`spin` polls and burns a core."),
    ] = "block"  # fmt: skip
    plugins: Annotated[str, _says("Folder of plugin files; a relative path counts from this file's folder.")] = (
        "plugins"
    )
    state: Annotated[str, _says("State folder; empty: systemd's StateDirectory, else `state` beside this file.")] = ""
    run: Annotated[
        str, _says("Folder of the control socket; empty: systemd's RuntimeDirectory, else the state folder.")
    ] = ""
    readers: Annotated[
        str, _says("Group whose members may ask for the status; empty: root and the daemon's user alone.")
    ] = ""
    traders: Annotated[
        str, _says("Group whose members may also halt, flatten and accept a position; empty: nobody else.")
    ] = ""
    admins: Annotated[str, _says("Group whose members may also let trading go on again; empty: nobody else.")] = ""
    fsync: Annotated[bool, _says("Wait for the disk before each order: survives power loss, costs about 0.3 ms.")] = (
        False
    )
    log: Annotated[Literal["debug", "info", "warning"], _says("Least severe log line written.")] = "info"


class Model(Table, frozen=True):
    """``[models.NAME]``: one model. Every other key of the table is an option of the model itself."""

    state: Annotated[
        Literal["active", "shadow"], _says("`active` sends its orders; `shadow` decides and sends nothing.")
    ] = "active"
    canary: Annotated[
        int, Meta(ge=0), _says("Decisions in the shadow, faultless and within `budget_us`, to become active; 0: never.")
    ] = 0
    budget_us: Annotated[
        int, Meta(ge=0), _says("Microseconds it may take to decide, at the 99th of 100; 0: as long as it likes.")
    ] = 0
    when_removed: Annotated[
        Literal["keep", "flatten"], _says("What becomes of its positions once its file is gone.")
    ] = "keep"


class Config(Table, frozen=True):
    """The whole file."""

    venue: Venue = Venue()
    session: Session = Session()
    risk: Limits = Limits()
    runtime: Runtime = Runtime()
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
