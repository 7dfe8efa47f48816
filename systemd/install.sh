#!/usr/bin/env bash
# Install hftd for systemd: a Python environment in /opt/hftd, settings and models in /etc/hftd, units, catalog.
#
# Run as root (`make install`). Running it again upgrades. DESTDIR=/some/folder installs below that folder and
# tells the running system nothing.
set -euo pipefail
umask 022

source=$(cd "$(dirname "$0")/.." && pwd)
root=${DESTDIR:-}
opt=$root/opt/hftd
etc=$root/etc/hftd
share=$root/usr/local/share/hftd

say() { printf '%s\n' "$*"; }
fail() { printf 'install: %s\n' "$*" >&2; exit 1; }

# environment: the pinned packages, by hash. The one that was there comes back when this fails.
environment() {
    local wanted
    wanted=$(cat "$source"/requirements/{bootstrap,run,record}.txt <(/usr/bin/python3 --version) | sha256sum)
    if [[ $(cat "$opt/requirements.sha256" 2>/dev/null) == "$wanted" ]]; then return; fi
    rm -rf "$opt.old"
    if [[ -e $opt ]]; then mv "$opt" "$opt.old"; fi
    trap 'rm -rf "$opt"; if [[ -e $opt.old ]]; then mv "$opt.old" "$opt"; fi' EXIT
    mkdir -p "$(dirname "$opt")"
    /usr/bin/python3 -m venv "$opt"
    "$opt/bin/python" -m pip install -q --disable-pip-version-check --require-hashes \
        -r "$source/requirements/bootstrap.txt"
    "$opt/bin/uv" pip install -q --system-certs --python "$opt/bin/python" --compile-bytecode --require-hashes \
        -r "$source/requirements/run.txt" -r "$source/requirements/record.txt"
    printf '%s\n' "$wanted" >"$opt/requirements.sha256"
    trap - EXIT
    rm -rf "$opt.old"
}

# program: hftd itself, built from a copy, so that what an earlier build left behind is not packed again.
program() {
    local copy
    copy=$(mktemp -d)
    cp -r "$source"/{hftd,pyproject.toml,README.md,LICENSE} "$copy"
    "$opt/bin/uv" pip install -q --system-certs --python "$opt/bin/python" --no-deps --no-build-isolation --offline \
        --reinstall-package hftd --compile-bytecode "$copy"
    rm -rf "$copy" "$opt/.lock"
    if [[ -n $root ]]; then sed -i "s|$opt|/opt/hftd|g" "$opt"/bin/hftd "$opt/pyvenv.cfg"; fi
    mkdir -p "$root/usr/local/bin"
    ln -sfn /opt/hftd/bin/hftd "$root/usr/local/bin/hftd"
}

# setting FILE: into /etc/hftd, unless it was changed or removed there. $share keeps what came from here last,
# which is how a change is known.
setting() {
    local new=$source/$1 here=$etc/$1 before=$share/$1
    if [[ -e $before && ! -e $here ]]; then
        say "left out $here, which you removed"
    elif [[ ! -e $here ]] || cmp -s "$here" "$before"; then
        install -D -m 0644 "$new" "$here"
    elif ! cmp -s "$here" "$new"; then
        install -m 0644 "$new" "$here.new"
        say "kept $here, which you changed; the one of this version is $here.new"
    fi
    install -D -m 0644 "$new" "$before"
}

settings() {
    local file
    cd "$source"
    setting hftd.toml
    for file in plugins/*.py; do setting "$file"; done
}

units() {
    local page
    install -D -m 0644 -t "$root/etc/systemd/system" "$source"/systemd/*.{service,timer}
    install -D -m 0644 "$source/systemd/hftd.sysusers" "$root/usr/lib/sysusers.d/hftd.conf"
    install -D -m 0644 "$source/systemd/hftd.tmpfiles" "$root/usr/lib/tmpfiles.d/hftd.conf"
    install -D -m 0644 -t "$root/usr/lib/systemd/catalog" "$source/systemd/hftd.catalog"
    for page in "$source"/build/docs/man/*.[1-8]; do
        if [[ -e $page ]]; then install -D -m 0644 -t "$root/usr/local/share/man/man${page##*.}" "$page"; fi
    done
}

announce() {
    systemd-sysusers hftd.conf
    systemd-tmpfiles --create hftd.conf
    journalctl --update-catalog
    if [[ -d /run/systemd/system ]]; then systemctl daemon-reload; fi
}

if [[ $EUID != 0 ]]; then fail "run by user $EUID, must be root: sudo make install"; fi
/usr/bin/python3 -c 'import ensurepip' 2>/dev/null || fail "/usr/bin/python3 has no venv module: apt install python3-venv"

environment
program
settings
units
if [[ -z $root ]]; then announce; fi
say "hftd is in $opt, its settings are $etc/hftd.toml, its models $etc/plugins."
say "Next: hftd doctor, then systemctl enable --now hftd-sim hftd"
