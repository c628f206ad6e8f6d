# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The options of `esa_free_cert`, and what of them can be refused without a call."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _spec
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert_plan import (
    AUTHORITIES,
    DIGICERT_SINGLE,
    DIGICERT_WILDCARD,
    LETS_ENCRYPT,
    Desired,
    check_in_site,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._x509 import to_ascii_domain

WAIT_TIMEOUT = 2400.0
"""Seconds. The vendor's pages speak of 5 to 10 minutes as a rule, and of 40 at most."""
WAIT_INTERVAL = 15.0
_SITE_ID = re.compile("[1-9][0-9]{0,18}")

ARGUMENT_SPEC: _spec.Spec = {
    **_spec.http_options(),
    **_spec.aliyun_auth(),
    **_spec.state_option(),
    **_spec.wait_options(timeout=WAIT_TIMEOUT, interval=WAIT_INTERVAL),
    "site": {"type": "str"},
    "site_id": {"type": "str"},
    "domains": {"type": "list", "elements": "str", "required": True},
    "type": {"type": "str", "choices": list(AUTHORITIES), "default": LETS_ENCRYPT},
    "retry_failed": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
}


def desired_from(params: t.Mapping[str, t.Any]) -> Desired:
    """:raises Invalid: an option, or two together, that cannot be meant."""
    for name in ("wait_timeout", "wait_interval"):
        if not 0 < params[name] <= 86400:
            raise Invalid(f"{name} must be more than 0 and at most 86400 seconds.")
    site_name = site_name_from(params)
    domains = sorted({to_ascii_domain(domain, wildcard=True, option="domains") for domain in params["domains"]})
    if not domains:
        raise Invalid("domains is empty; it needs one domain at least.")
    check_in_site(domains, site_name)
    if params["state"] == "present":
        _check_type(params["type"], domains)
    return Desired(
        state=params["state"],
        site_name=site_name,
        site_id=params["site_id"],
        domains=tuple(domains),
        type=params["type"],
        retry_failed=params["retry_failed"],
        force=params["force"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
        wait_interval=params["wait_interval"],
    )


def site_name_from(params: t.Mapping[str, t.Any]) -> str | None:
    """The name of the site, None where its id is given.

    :raises Invalid: neither a name nor an id that can be meant.
    """
    site_id = params["site_id"]
    if site_id is not None and not _SITE_ID.fullmatch(site_id):
        raise Invalid("site_id must be the number of a site.")
    return None if params["site"] is None else to_ascii_domain(params["site"], option="site")


def _check_type(kind: str, domains: t.Iterable[str]) -> None:
    wildcards = {domain for domain in domains if domain.startswith("*.")}
    if kind == DIGICERT_SINGLE and wildcards:
        raise Invalid(f"type: {DIGICERT_SINGLE} is for single names, not for {', '.join(sorted(wildcards))}.")
    single = sorted(set(domains) - wildcards)
    if kind == DIGICERT_WILDCARD and single:
        raise Invalid(f"type: {DIGICERT_WILDCARD} is for names such as *.example.com, not for {', '.join(single)}.")
