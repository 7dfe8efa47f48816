"""`make install` run again, and `make uninstall`, in a folder of the guest that stands for another machine."""

import pytest
from guest import SOURCE, Guest

ROOT = "/opt/machine"  # beside the first installation, so that its packages can be linked and need no copies
FRESH = "/opt/fresh"
INSTALL = ("env", f"DESTDIR={ROOT}", f"{SOURCE}/systemd/install.sh")
UNINSTALL = ("env", f"DESTDIR={ROOT}", f"{SOURCE}/systemd/uninstall.sh")


@pytest.fixture(scope="module")
def installed(guest: Guest) -> Guest:
    """A guest with a second installation in FRESH, whose packages are those of the first."""
    guest.run("mkdir", "-p", f"{ROOT}/opt")
    guest.run("cp", "-al", "/opt/hftd", f"{ROOT}/opt/hftd")
    guest.run(*INSTALL)
    guest.run("mv", ROOT, FRESH)
    return guest


@pytest.fixture
def machine(installed: Guest) -> Guest:
    """The same with that installation below ROOT; programs, which nobody writes into, are links to it."""
    installed.run("rm", "-rf", ROOT)
    installed.run("mkdir", ROOT)
    installed.run("sh", "-c", f"cp -al {FRESH}/opt {ROOT} && cp -a {FRESH}/etc {FRESH}/usr {ROOT}")
    return installed


def files(guest: Guest, folder: str) -> set[str]:
    """Every file below a folder."""
    return set(guest.run("find", folder, "-type", "f", "-printf", "%P\n").split())


def test_an_upgrade_keeps_what_the_administrator_changed_and_says_so(machine: Guest) -> None:
    machine.run("sh", "-c", f"echo '# mine' >>{ROOT}/etc/hftd/hftd.toml")
    machine.run("sh", "-c", f"echo '# newer' >>{SOURCE}/hftd.toml")
    said = machine.run(*INSTALL)
    machine.run("sed", "-i", "$d", f"{SOURCE}/hftd.toml")

    path = f"{ROOT}/etc/hftd/hftd.toml"
    assert f"kept {path}, which you changed; the one of this version is {path}.new" in said.splitlines()
    assert machine.run("tail", "-n1", path) == "# mine"
    assert machine.run("tail", "-n1", f"{path}.new") == "# newer"


def test_an_upgrade_replaces_what_nobody_changed(machine: Guest) -> None:
    machine.run("sh", "-c", f"echo '# newer' >>{SOURCE}/plugins/volume_modulo.py")
    machine.run(*INSTALL)
    machine.run("sed", "-i", "$d", f"{SOURCE}/plugins/volume_modulo.py")

    assert machine.run("tail", "-n1", f"{ROOT}/etc/hftd/plugins/volume_modulo.py") == "# newer"
    assert not {name for name in files(machine, f"{ROOT}/etc/hftd") if name.endswith(".new")}


def test_a_model_that_was_removed_does_not_come_back(machine: Guest) -> None:
    path = f"{ROOT}/etc/hftd/plugins/ema_cross.py"
    machine.run("rm", path)
    said = machine.run(*INSTALL)

    assert f"left out {path}, which you removed" in said.splitlines()
    assert "ema_cross.py" not in machine.run("ls", f"{ROOT}/etc/hftd/plugins")


def test_an_upgrade_that_cannot_fetch_its_packages_leaves_the_old_version_in_place(machine: Guest) -> None:
    before = files(machine, f"{ROOT}/opt/hftd")
    machine.run("sh", "-c", f"echo '# newer' >>{SOURCE}/requirements/run.txt")
    done = machine.call("env", "PIP_RETRIES=0", *INSTALL)  # there is no network here
    machine.run("sed", "-i", "$d", f"{SOURCE}/requirements/run.txt")

    assert done.returncode != 0
    assert before == files(machine, f"{ROOT}/opt/hftd")
    assert machine.run("ls", f"{ROOT}/opt") == "hftd"


def test_what_is_installed_can_be_read_by_the_daemons_user(machine: Guest) -> None:
    folders = machine.run("find", ROOT, "-type", "d", "!", "-perm", "-005")
    closed = machine.run("find", ROOT, "-type", "f", "!", "-perm", "-004")

    assert (folders, closed) == ("", "")


def test_nothing_installed_below_a_folder_points_into_it(machine: Guest) -> None:
    scripts = machine.run("head", "-n1", f"{ROOT}/opt/hftd/bin/hftd")

    assert scripts == "#!/opt/hftd/bin/python"
    assert machine.run("readlink", f"{ROOT}/usr/local/bin/hftd") == "/opt/hftd/bin/hftd"
    assert machine.call("grep", "-r", ROOT, f"{ROOT}/opt/hftd/bin/hftd", f"{ROOT}/opt/hftd/pyvenv.cfg").returncode == 1


def test_uninstalling_leaves_settings_and_recordings_and_nothing_else(machine: Guest) -> None:
    machine.run("install", "-D", "/dev/null", f"{ROOT}/var/lib/private/hftd/journal")
    before = files(machine, f"{ROOT}/etc/hftd")
    said = machine.run(*UNINSTALL)

    left = {f"etc/hftd/{name}" for name in before} | {"var/lib/private/hftd/journal"}
    assert left == files(machine, ROOT)
    assert machine.run("find", ROOT, "-type", "l") == ""
    assert f"{ROOT}/etc/hftd" in said


def test_only_root_may_install(guest: Guest) -> None:
    done = guest.call("setpriv", "--reuid=65534", "--clear-groups", "bash", f"{SOURCE}/systemd/install.sh")

    assert done.returncode == 1
    assert done.stderr == "install: run by user 65534, must be root: sudo make install\n"


def test_uninstalling_a_running_daemon_stops_it_and_keeps_its_journal(guest: Guest) -> None:
    guest.write("/etc/hftd/hftd.toml", '[venue]\nname = "sim"\n')
    guest.run("systemctl", "start", "hftd-sim", "hftd")
    guest.run("cp", "-al", "/opt/hftd", "/opt/hftd.saved")
    guest.run(f"{SOURCE}/systemd/uninstall.sh")
    running = [guest.show(unit, "ActiveState") for unit in ("hftd", "hftd-sim")]
    known = guest.call("systemctl", "cat", "hftd").returncode
    left = files(guest, "/var/lib/private/hftd")
    guest.run("rm", "-rf", "/var/lib/private/hftd")  # else the next test's day has two lives
    settings = files(guest, "/etc/hftd")
    guest.run("mv", "/opt/hftd.saved", "/opt/hftd")
    guest.run(f"{SOURCE}/systemd/install.sh")

    assert running == ["inactive", "inactive"]
    assert known != 0
    assert any(name.startswith("journal/") for name in left)
    assert "hftd.toml" in settings
