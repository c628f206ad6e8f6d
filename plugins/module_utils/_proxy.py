# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""Which proxy a URL goes through: the option, else the environment of the run, never the system's settings."""

from __future__ import annotations

import ipaddress
import typing as t
from urllib.parse import urlsplit


def proxy_for(url: str, *, option: t.Optional[str], environ: t.Mapping[str, str]) -> t.Optional[str]:
    """The proxy's URL or None. An empty option means "no proxy, whatever the environment says"."""
    if option is not None:
        return option or None
    parts = urlsplit(url)
    if _is_exempt(parts.hostname or "", parts.port, _lookup(environ, "no_proxy") or ""):
        return None
    return _lookup(environ, f"{parts.scheme}_proxy") or _lookup(environ, "all_proxy")


def _lookup(environ: t.Mapping[str, str], name: str) -> t.Optional[str]:
    return environ.get(name) or environ.get(name.upper()) or None


def _is_exempt(host: str, port: t.Optional[int], no_proxy: str) -> bool:
    for entry in (item.strip().lower() for item in no_proxy.split(",")):
        if not entry:
            continue
        if entry == "*" or _matches(host.lower(), port, entry):
            return True
    return False


def _matches(host: str, port: t.Optional[int], entry: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        pass
    if entry.count(":") == 1:
        entry, _sep, wanted = entry.partition(":")
        if wanted != str(port):
            return False
    suffix = entry.lstrip("*").lstrip(".")
    return host == suffix or host.endswith(f".{suffix}")
