"""Every setting of ``hftd.toml``: its table, type, default and meaning. The reference page is made from this file."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from hftd.core.risk.limits import Limits

NonNegative = Annotated[float, Meta(ge=0)]
Port = Annotated[int, Meta(ge=1, le=65535)]


def _says(text: str) -> Meta:
    return Meta(description=text)


class Table(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One table of the file."""


class Venue(Table):
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


class Session(Table):
    """``[session]``: when the daemon trades."""

    calendar: Annotated[str, _says("Exchange calendar, as pandas-market-calendars names it.")] = "NYSE"
    phases: Annotated[
        tuple[Literal["pre", "regular", "post"], ...], Meta(min_length=1), _says("Phases of the day models trade in.")
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
    closed: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")], ...],
        _says("Days (YYYY-MM-DD) the exchange is shut whatever the calendar says."),
    ] = ()
    early_closes: Annotated[
        dict[str, Annotated[str, Meta(pattern=r"^\d{2}:\d{2}$")]],
        _says("Days that close early, with the time of the close in the exchange's zone."),
    ] = field(default_factory=dict)


class Runtime(Table):
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
    fsync: Annotated[bool, _says("Wait for the disk before each order: survives power loss, costs about 0.3 ms.")] = (
        False
    )
    log: Annotated[Literal["debug", "info", "warning"], _says("Least severe log line written.")] = "info"


class Model(Struct, frozen=True, kw_only=True):
    """``[models.NAME]``: one model. Every other key of the table is an option of the model itself."""

    state: Annotated[
        Literal["active", "shadow"], _says("`active` sends its orders; `shadow` decides and sends nothing.")
    ] = "active"
    options: dict[str, Any] = field(default_factory=dict)


class Config(Table):
    """The whole file."""

    venue: Venue = Venue()
    session: Session = Session()
    risk: Limits = Limits()
    runtime: Runtime = Runtime()
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
