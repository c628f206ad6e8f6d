# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""The options of `antchain_cert`, and what of them can be refused without a call."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.cncloud.certificates.plugins.module_utils import _spec
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain import Subject
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_key import Csr, read_csr
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_plan import (
    CA,
    CERTIFICATE,
    KEY,
    TRUST_CA,
    Desired,
)
from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_membership import identity
from ansible_collections.cncloud.certificates.plugins.module_utils._context import Context
from ansible_collections.cncloud.certificates.plugins.module_utils._errors import Invalid
from ansible_collections.cncloud.certificates.plugins.module_utils._files import (
    Content,
    FileOptions,
    FileSpec,
    Kind,
    absolute_path,
    read_input,
)

WAIT_TIMEOUT = 600.0
WAIT_INTERVAL = 10.0
MAX_PASSWORD = 256
_ID = re.compile("[A-Za-z0-9_-]{1,64}")
_COUNTRY = re.compile("[A-Z]{2}")
_SUBJECT_PARTS: t.Mapping[str, int] = {
    "common_name": 64,
    "country": 2,
    "state_or_province": 128,
    "locality": 128,
    "organization": 64,
    "organizational_unit": 64,
}
"""The parts of a subject, and how many characters X.520 allows for each."""

ARGUMENT_SPEC: _spec.Spec = {
    **_spec.http_options(),
    **_spec.aliyun_auth(),
    **_spec.state_option(),
    **_spec.wait_options(timeout=WAIT_TIMEOUT, interval=WAIT_INTERVAL),
    **_spec.file_options(),
    "consortium_id": {"type": "str", "required": True},
    "ant_chain_id": {"type": "str", "required": True},
    "username": {"type": "str"},
    "method": {"type": "str", "choices": ["csr", "managed_key"], "default": "csr"},
    "csr_path": {"type": "path"},
    "csr_content": {"type": "str"},
    "subject": {"type": "dict", "options": {name: {"type": "str"} for name in _SUBJECT_PARTS}},
    "password": {"type": "str", "no_log": True},
    "on_key_loss": {"type": "str", "choices": ["fail", "reset"], "default": "fail", "no_log": False},
    "allow_plain_download": {"type": "bool", "default": False},
    KEY: {"type": "path", "no_log": False},
    CERTIFICATE: {"type": "path"},
    CA: {"type": "path"},
    TRUST_CA: {"type": "path"},
}

FILES: t.Mapping[str, Kind] = {KEY: Kind.PRIVATE_KEY, CA: Kind.CHAIN, TRUST_CA: Kind.TEXT, CERTIFICATE: Kind.LEAF}
_CSR = ("csr_path", "csr_content")


def check(params: t.Mapping[str, t.Any]) -> None:
    """:raises Invalid: an option, or two together, that cannot be meant."""
    for option in ("consortium_id", "ant_chain_id"):
        if not _ID.fullmatch(params[option]):
            raise Invalid(f"{option} must be an id: letters, digits, hyphens and underscores alone.")
    for name in ("wait_timeout", "wait_interval"):
        if not 0 < params[name] <= 86400:
            raise Invalid(f"{name} must be more than 0 and at most 86400 seconds.")
    if params["state"] == "absent":
        if params["on_key_loss"] != "reset":
            raise Invalid(
                "state: absent resets the certificate, and whatever uses it is cut off. "
                "It needs on_key_loss: reset to say that this is meant."
            )
        return
    _check_method(params)
    _check_password(params["password"])
    _subject(params)


def _check_method(params: t.Mapping[str, t.Any]) -> None:
    given = [option for option in (*_CSR, KEY) if params[option]]
    if params["method"] == "csr":
        if len(given) != 1:
            raise Invalid(
                "method: csr needs exactly one of csr_path, csr_content and private_key_path; the last makes the "
                f"key here, if it is not there, and the signing request of it. Given: {', '.join(given) or 'none'}."
            )
        if params["password"] is not None and given != [KEY]:
            raise Invalid("password is of the private key, and a signing request needs none.")
        return
    if any(option in given for option in _CSR):
        raise Invalid("csr_path and csr_content are for method: csr. With managed_key the service makes the key.")
    for option in (KEY, "password", "subject"):
        if not params[option]:
            raise Invalid(f"method: managed_key needs {option}.")


def _check_password(password: str | None) -> None:
    if password is not None and (not password or len(password) > MAX_PASSWORD or not password.isprintable()):
        raise Invalid(f"password must be 1 to {MAX_PASSWORD} printable characters.")


def _subject(params: t.Mapping[str, t.Any]) -> Subject | None:
    """:raises Invalid: a part is missing or cannot be meant."""
    given: t.Mapping[str, str | None] = params["subject"] or {}
    values = {name: (given.get(name) or "").strip() for name in _SUBJECT_PARTS}
    for name, value in values.items():
        if len(value) > _SUBJECT_PARTS[name] or not value.isprintable():
            raise Invalid(f"subject.{name} must be at most {_SUBJECT_PARTS[name]} printable characters.")
    if values["country"] and not _COUNTRY.fullmatch(values["country"]):
        raise Invalid("subject.country must be a country's two capital letters, such as CN.")
    missing = [name for name, value in values.items() if not value]
    if params["method"] == "managed_key" and missing:
        raise Invalid(f"method: managed_key needs all parts of subject; {', '.join(missing)} is missing.")
    if params["method"] == "csr" and params[KEY] and not values["common_name"]:
        raise Invalid("subject.common_name is needed to make a signing request of the key in private_key_path.")
    if params["method"] == "csr" and not params[KEY]:
        if any(values.values()):
            raise Invalid("subject is in the signing request already; leave it out.")
        return None
    return Subject(
        common_name=values["common_name"],
        country=values["country"] or None,
        state_or_province=values["state_or_province"] or None,
        locality=values["locality"] or None,
        organization=values["organization"] or None,
        organizational_unit=values["organizational_unit"] or None,
    )


def desired_from(params: t.Mapping[str, t.Any], context: Context) -> Desired:
    """:raises CertificatesError: a signing request that cannot be read or used."""
    present = params["state"] == "present"
    return Desired(
        consortium_id=params["consortium_id"],
        ant_chain_id=params["ant_chain_id"],
        state=params["state"],
        method=params["method"],
        on_key_loss=params["on_key_loss"],
        username=params["username"] or None,
        subject=_subject(params) if present else None,
        password=params["password"],
        csr=_csr(params, context) if present else None,
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
        wait_interval=params["wait_interval"],
    )


def _csr(params: t.Mapping[str, t.Any], context: Context) -> Csr | None:
    """None: none is given, or (check mode) it is not written yet."""
    if params["csr_content"]:
        return read_csr(params["csr_content"], option="csr_content")
    if not params["csr_path"]:
        return None
    path = absolute_path(params["csr_path"], option="csr_path", context=context)
    content = read_input(path, option="csr_path", context=context)
    return None if content is None else read_csr(content, option="csr_path")


def files_from(params: t.Mapping[str, t.Any], context: Context) -> tuple[FileSpec, ...]:
    """The files that are asked for, without contents; none for `absent`.

    :raises Invalid: a relative path, or a mode that is no quoted octal string.
    """
    options = FileOptions.from_params(params)
    named = identity(params["consortium_id"], params["ant_chain_id"])
    specs = []
    for option, kind in FILES.items():
        if not params[option]:
            continue
        path = absolute_path(params[option], option=option, context=context)
        specs.append(
            options.spec(
                path=path,
                kind=kind,
                option=option,
                content=Content.LATER,
                certificate_id=named if option == CERTIFICATE else None,
            )
        )
    return tuple(specs) if params["state"] == "present" else ()
