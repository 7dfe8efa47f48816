"""Reading the settings: what is accepted, and the one line each fault ends in."""

from decimal import Decimal
from pathlib import Path

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, structs
from nobody import as_nobody

from hftd.config.expected import LONGEST, found, nearest, one_of, shown
from hftd.config.fill import fill
from hftd.config.load import folder, load, settle
from hftd.config.schema import Config, Session, Venue
from hftd.errors import ConfigError, Refused

REPOSITORY = Path(__file__).parents[2]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "hftd.toml"
    path.write_text(text, encoding="utf-8")
    return path


def fault(path: Path) -> str:
    """What is wrong with the file, without its name, which every message begins with."""
    with pytest.raises(ConfigError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_an_empty_file_is_every_default(tmp_path: Path) -> None:
    """An empty file means the simulated venue, the regular session and the shipped limits."""
    config = load(written(tmp_path, ""))

    assert config == Config()
    assert (config.venue.name, config.session.phases, config.models) == ("sim", ("regular",), {})


def test_the_shipped_file_reads_and_changes_no_default() -> None:
    """hftd.toml sets nothing but the models; every other table keeps its defaults."""
    config = load(REPOSITORY / "hftd.toml")

    assert Config() == structs.replace(config, models={})
    states = {name: table["state"] for name, table in config.models.items()}
    assert states == {"volume_modulo": "active", "quote_imbalance": "shadow", "ema_cross": "shadow"}


def test_the_shipped_file_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    """Each commented-out line of hftd.toml, taken in, is a known key with the default it claims to show."""
    lines = (REPOSITORY / "hftd.toml").read_text(encoding="utf-8").splitlines()
    settings = lines[: next(number for number, line in enumerate(lines) if line.startswith("[models."))]
    taken = [line.removeprefix("# ") if " = " in line and line.startswith("# ") else line for line in settings]
    example = {"closed": ("2026-12-24",), "early_closes": {"2026-11-27": "13:00"}, "symbols": ("SPY",)}

    config = load(written(tmp_path, "\n".join(taken)))
    shown_keys = {(name, key) for name, table in tomli.loads("\n".join(taken)).items() for key in table}

    for name in ("venue", "session", "risk", "runtime"):
        for key in getattr(config, name).__struct_fields__:
            assert (name, key) in shown_keys
            default = getattr(getattr(Config(), name), key)
            assert example.get(key, default) == getattr(getattr(config, name), key), key


@pytest.mark.parametrize(
    ("figure", "expected"),
    [("5", "5"), ("0.1", "0.1"), ("1.10", "1.10"), ('"2.50"', "2.50"), ("1e2", "100"), ("1_000", "1000")],
)
def test_an_amount_may_be_written_as_a_whole_number_a_fraction_or_text(
    tmp_path: Path, figure: str, expected: str
) -> None:
    """Money is taken as it is written: 0.1 is a tenth, not the nearest binary fraction."""
    assert Decimal(expected) == load(written(tmp_path, f"[risk]\nmax_notional = {figure}")).risk.max_notional


def test_a_long_fraction_keeps_every_digit(tmp_path: Path) -> None:
    """A fraction beyond float's 17 digits arrives whole."""
    text = "0.1234567890123456789012345"

    assert Decimal(text) == load(written(tmp_path, f"[risk]\nlot = {text}")).risk.lot


def test_a_whole_number_does_for_a_fraction(tmp_path: Path) -> None:
    """stale_seconds = 3 is 3.0 seconds."""
    seconds = load(written(tmp_path, "[risk]\nstale_seconds = 3")).risk.stale_seconds

    assert (3.0, float) == (seconds, type(seconds))


FAULTS = {
    '[risk]\nmax_shares = "lots"': '[risk] max_shares: expected a number, found "lots"',
    "[risk]\nmax_shares = true": "[risk] max_shares: expected a number, found true",
    "[risk]\nmax_share = 1": "[risk] max_share: no such key, nearest is max_shares",
    "[rsk]": "[rsk]: no such table, nearest is risk",
    "colour = 1": "colour: no such key outside a table, expected models, risk, runtime, session or venue",
    "risk = 5": "risk: expected a table, found 5",
    "[[risk]]": "risk: expected a table, found [a table]",
    "[risk]\nmax_shares = -1": "[risk] max_shares: expected a number of at least 0, found -1",
    "[risk]\nlot = 0": "[risk] lot: expected a number above 0, found 0",
    "[risk]\ncollar = 0": "[risk] collar: expected a number above 0, found 0",
    "[risk]\ncollar = inf": "[risk] collar: expected a finite number, found Infinity",
    "[risk]\ncollar = nan": "[risk] collar: expected a number above 0, found NaN",
    '[risk]\nmax_gross = "NaN"': '[risk] max_gross: expected a finite number, found "NaN"',
    "[risk]\nmax_open_orders = 1.5": "[risk] max_open_orders: expected a whole number of at least 1, found 1.5",
    "[venue]\nport = 99999": "[venue] port: expected a whole number from 1 to 65535, found 99999",
    "[venue]\nport = 1979-05-27": "[venue] port: expected a whole number from 1 to 65535, found 1979-05-27",
    '[venue]\nfeed = "nyse"': '[venue] feed: expected "delayed_sip", "iex", "sip" or "test", found "nyse"',
    '[venue]\nhost = "10.0.0.1"': '[venue] host: expected a loopback address such as "127.0.0.1", found "10.0.0.1"',
    "[session]\nphases = []": '[session] phases: expected a list of one or more "post", "pre" or "regular", found []',
    "[session]\nwake_before_seconds = -1": "[session] wake_before_seconds: expected a number of at least 0, found -1",
    '[session]\nclosed = ["2026-13-01"]': '[session] closed: expected a day as YYYY-MM-DD, found "2026-13-01"',
    '[session]\nclosed = ["20261224"]': '[session] closed: expected a day as YYYY-MM-DD, found "20261224"',
    "[session]\nclosed = [2026-12-24]": "[session] closed: expected a list of text, found [2026-12-24]",
    '[session.early_closes]\n"2026-11-27" = "1pm"':
        '[session] early_closes 2026-11-27: expected a time as HH:MM, found "1pm"',
    '[session.early_closes]\n"2026-11-27" = 13':
        "[session] early_closes: expected a table of text, found a table",
    "[runtime]\nfsync = 1": "[runtime] fsync: expected true or false, found 1",
    '[runtime]\nwait = "nap"': '[runtime] wait: expected "awake", "block" or "spin", found "nap"',
    "[models]\nx = 5": "[models] x: expected a table, found 5",
    '[models.x]\nstate = "off"': '[models.x] state: expected "active" or "shadow", found "off"',
    "[risk]\nlot = = 1": "line 2: Invalid value, expected TOML",
    "[risk]\n[risk]": "line 2: Cannot declare ('risk',) twice, expected TOML",
    '"a\\nb" = 1': '"a\\nb": no such key outside a table, expected models, risk, runtime, session or venue',
}  # fmt: skip


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_one_line_with_file_table_key_found_and_expected(tmp_path: Path, text: str) -> None:
    """Every kind of wrong setting is told in one line that can be acted on."""
    assert FAULTS[text] == fault(written(tmp_path, text))


def test_endless_numbers_and_nesting_are_faults_too(tmp_path: Path) -> None:
    """Hostile TOML ends as a ConfigError, not as a traceback."""
    assert "expected TOML" in fault(written(tmp_path, f"a = {'9' * 5000}"))
    assert "expected TOML" in fault(written(tmp_path, f"a = {'[' * 5000}"))


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    """A message repeats at most LONGEST characters of what was found."""
    message = fault(written(tmp_path, f'[risk]\nmax_shares = "{"x" * 1000}"'))

    assert len(message) < LONGEST + len("[risk] max_shares: expected a number, found ") + 1


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """No file: exit 78 and its name."""
    assert fault(tmp_path / "absent.toml") == "no such file, expected the settings"


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    """A folder in the file's place is said to be one."""
    assert fault(tmp_path) == "is a folder, expected a settings file"


def test_a_path_through_a_file_is_told_in_one_line(tmp_path: Path) -> None:
    """Any other way a file cannot be opened names the system's reason."""
    path = written(tmp_path, "")

    assert fault(path / "hftd.toml") == "Not a directory, expected a settings file"


def test_a_file_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    """The position of the first bad byte is told, counted from 0."""
    path = tmp_path / "hftd.toml"
    path.write_bytes(b"# caf\xe9\n")

    assert fault(path) == "not UTF-8 at byte 5, expected TOML in UTF-8"


def test_a_file_closed_to_us_is_refused(tmp_path: Path) -> None:
    """A settings file this user may not read: exit 77."""
    path = written(tmp_path, "")
    path.chmod(0)

    with as_nobody(), pytest.raises(Refused, match="not readable by this user") as caught:
        load(path)

    assert caught.value.exit_status == 77


def test_a_relative_plugins_folder_counts_from_the_file() -> None:
    """`plugins` beside /etc/hftd/hftd.toml is /etc/hftd/plugins; an absolute one stays."""
    config = Config()
    elsewhere = structs.replace(config, runtime=structs.replace(config.runtime, plugins="/srv/models"))

    assert Path("/etc/hftd/plugins") == folder(config, Path("/etc/hftd/hftd.toml"))
    assert Path("/srv/models") == folder(elsewhere, Path("/etc/hftd/hftd.toml"))


def test_a_missing_key_without_default_says_what_belongs_there() -> None:
    """A required key that is absent is a fault of its own."""

    class Needs(Struct):
        symbol: str

    with pytest.raises(ConfigError, match=r"^here symbol: missing, expected text$"):
        fill(Needs, {}, "here")


def test_settings_built_in_code_are_held_to_the_same_rules() -> None:
    """Venue(host=…) and Session(closed=…) refuse what the file may not say either."""
    with pytest.raises(ValueError, match="loopback"):
        Venue(host="192.168.0.1")
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        Session(closed=("tomorrow",))
    assert (Venue(host="::1").host, Venue(host="localhost").host) == ("::1", "localhost")


def test_words_of_a_message() -> None:
    """Values are shown as TOML writes them, names are joined as people do, the nearest is offered."""
    assert found({"a": 1}) == "a table"
    assert found([True, "x", Decimal("1.50")]) == '[true, "x", 1.50]'
    assert one_of(["a"]) == "a"
    assert one_of(["a", "b", "c"]) == "a, b or c"
    assert nearest("on_trades", ["on_trade", "on_quote"]) == "nearest is on_trade"
    assert nearest("zzz", ["on_trade", "on_quote"]) == "expected on_quote or on_trade"
    assert nearest("zzz", []) == "none is known"
    assert (shown("a-b_1"), shown("a b")) == ("a-b_1", '"a b"')


KEYS = st.sampled_from([*Config.__struct_fields__, "name", "max_shares", "phases", "early_closes", "state", "x y", ""])
VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=5) | st.floats().map(Decimal) | st.just("SPY"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_toml_is_settings_or_one_line(tables: dict[str, object]) -> None:
    """Whatever tables a file holds, it is either taken or refused in one line, never a traceback."""
    said = "hftd.toml: taken"
    try:
        settle(tables, Path("hftd.toml"))
    except ConfigError as error:
        said = str(error)

    assert said.startswith("hftd.toml: ")
    assert len(said.splitlines()) == 1
