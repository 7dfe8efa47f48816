#!/usr/bin/env bash
# Take away what install.sh made; settings, keys and recordings stay. Run as root (`make uninstall`).
set -euo pipefail

root=${DESTDIR:-}
if [[ $EUID != 0 ]]; then
    printf 'uninstall: run by user %s, must be root: sudo make uninstall\n' "$EUID" >&2
    exit 1
fi

units=(hftd.timer hftd-audit.timer hftd-audit.service hftd-seal.timer hftd-seal.service hftd-metrics.service
    hftd.service hftd-sim.service)
if [[ -z $root && -d /run/systemd/system ]]; then
    for unit in "${units[@]}"; do
        if systemctl cat "$unit" >/dev/null 2>&1; then systemctl disable --quiet --now "$unit"; fi
    done
fi

rm -f "${units[@]/#/$root/etc/systemd/system/}"
rm -f "$root"/usr/lib/{sysusers.d/hftd.conf,tmpfiles.d/hftd.conf,systemd/catalog/hftd.catalog}
rm -f "$root"/usr/local/bin/hftd "$root"/usr/local/share/man/man[1-8]/hftd*.[1-8]
rm -rf "$root/usr/local/share/hftd" "$root/opt/hftd"

if [[ -z $root ]]; then
    journalctl --update-catalog
    if [[ -d /run/systemd/system ]]; then systemctl daemon-reload; fi
fi
printf '%s\n' "hftd is gone. Left in place: $root/etc/hftd (settings, models, keys) and $root/var/lib/private/hftd (journals)." \
    "To remove them too: rm -r $root/etc/hftd $root/var/lib/private/hftd"
