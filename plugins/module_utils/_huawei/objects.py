# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What exists in a dedicated API gateway, as far as certificates are concerned.

gateway > API group > domain > certificates, one of each algorithm family. Certificates are objects of their own;
one may be bound to many domains.
"""

from __future__ import annotations

import dataclasses
import datetime

INSTANCE = "instance"
GLOBAL = "global"
RSA = "RSA"
ECC = "ECC"


@dataclasses.dataclass(frozen=True)
class BoundCertificate:
    """A certificate as its domain names it (`ssl_infos`): who it is, not what it holds."""

    id: str
    name: str
    algorithm: str
    """`RSA`, `ECC` or `SM2`, as the gateway spells it."""
    scope: str | None
    """`instance`, `global`, or None where a gateway does not say (old ones)."""
    has_trusted_root_ca: bool = False


@dataclasses.dataclass(frozen=True)
class UrlDomain:
    """A host name of an API group. With custom ports the same name may stand in a group more than once."""

    id: str
    name: str
    """Lower-case A-labels; `*.example.com` for a wildcard."""
    certificates: tuple[BoundCertificate, ...] = ()
    client_verification: bool = False
    http_port: int | None = None
    https_port: int | None = None


@dataclasses.dataclass(frozen=True)
class ApiGroup:
    """An API group; `domains` is None where the answer did not carry them."""

    id: str
    name: str
    domains: tuple[UrlDomain, ...] | None = None


@dataclasses.dataclass(frozen=True)
class CertificateObject:
    """A certificate object. A listing leaves `serial`, `issuer` and `not_before` out; no answer has the PEM."""

    id: str
    name: str
    algorithm: str | None = None
    scope: str | None = None
    instance_id: str | None = None
    """The gateway, or `common` for a global one."""
    common_name: str | None = None
    domains: tuple[str, ...] = ()
    serial: str | None = None
    """As the gateway writes it: decimal by its samples, hexadecimal not excluded."""
    issuer: str | None = None
    not_before: datetime.datetime | None = None
    not_after: datetime.datetime | None = None
    has_trusted_root_ca: bool = False


@dataclasses.dataclass(frozen=True)
class AttachedDomain:
    """A domain that a certificate object is bound to, in whatever gateway and group."""

    id: str
    name: str
    instance_id: str | None = None
    group_id: str | None = None
    group_name: str | None = None
