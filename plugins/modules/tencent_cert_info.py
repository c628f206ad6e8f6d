#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the certificates of an account of Tencent Cloud."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_cert_info
short_description: List the certificates of a Tencent Cloud account
version_added: 0.1.0
description:
  - Lists certificates and orders of all kinds, free, paid and uploaded.
  - Up to 1000 of them take one call. No call that brings a private key is ever made.
  - All filters have to be met. Without any, all certificates are listed.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.info
  - cncloud.certificates._attributes.tencent
  - cncloud.certificates._http
  - cncloud.certificates._tencent
  - cncloud.certificates._requirements
options:
  domain:
    description:
      - Only certificates one of whose names is exactly this one. A wildcard such as V(*.example.com) is a name of its
        own.
    type: str
  certificate_id:
    description:
      - Only the certificate with exactly this id. If there is none, the list is empty.
    type: str
  alias:
    description:
      - Only certificates with exactly this label.
    type: str
  search:
    description:
      - Only certificates whose id, label or ordered domain contains this text. It is looked for by the service.
    type: str
  status:
    description:
      - Only certificates in one of these states.
    type: list
    elements: str
    choices:
      - under_review
      - issued
      - review_failed
      - expired
      - dns_record_added
      - awaiting_material
      - cancelling
      - cancelled
      - awaiting_letter
      - revoking
      - revoked
      - reissuing
      - awaiting_revocation_letter
      - awaiting_free_material
      - refunded
      - migrating
  expires_within_days:
    description:
      - Only certificates that end within this number of days, or have ended.
    type: int
notes:
  - The key needs the CAM permission C(ssl:DescribeCertificates).
seealso:
  - module: cncloud.certificates.tencent_free_cert
    description: Keeps a free certificate and its files.
  - name: DescribeCertificates
    description: The vendor's page of the operation that lists certificates.
    link: https://cloud.tencent.com/document/product/400/41671
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: Certificates in force that end within two weeks
  cncloud.certificates.tencent_cert_info:
    status: [issued]
    expires_within_days: 14
  register: ending

- name: Name them
  ansible.builtin.debug:
    msg: "{{ item.name }} ({{ item.id }}) ends in {{ item.days_left }} days"
  loop: "{{ ending.certificates }}"

- name: All that there is for one name
  cncloud.certificates.tencent_cert_info:
    domain: api.example.com
"""

RETURN = r"""
certificates:
  description: The certificates and orders, sorted by name, end and id.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the certificate. It is case-sensitive.
      type: str
      sample: a9TsmZkL
    name:
      description: The domain that was ordered.
      type: str
      sample: api.example.com
    status:
      description:
        - V(issued) for a valid one, or another of the words of O(status).
      type: str
      sample: issued
    domains:
      description: All names of the certificate.
      type: list
      elements: str
      sample: [api.example.com]
    issuer:
      description: The issuer, as RFC 4514 writes it. Always null, since the list does not tell it.
      type: str
      sample: null
    serial_number:
      description: The serial number in hexadecimal. Always null, since the list does not tell it.
      type: str
      sample: null
    fingerprint_sha256:
      description: The SHA-256 fingerprint. Always null, since the list does not tell it.
      type: str
      sample: null
    not_before:
      description: The beginning of the validity.
      type: str
      sample: '2026-11-22T00:00:00Z'
    not_after:
      description: The end of the validity.
      type: str
      sample: '2027-02-20T23:59:59Z'
    days_left:
      description: Whole days until the end.
      type: int
      sample: 90
    cloud:
      description: Always V(tencent).
      type: str
      sample: tencent
    alias:
      description: The label in the console.
      type: str
      sample: api
    project_id:
      description: The project that it belongs to.
      type: int
      sample: 0
    key_algorithm:
      description: The algorithm of the key, V(rsa) or V(ecc).
      type: str
      sample: ecc
    dv_auth_method:
      description: How the domain was proven.
      type: str
      sample: dns_auto
    package_type:
      description: The product.
      type: str
      sample: '83'
    origin:
      description: Who issued it, in the service's word, or V(upload).
      type: str
      sample: trustasia
    ordered_at:
      description: When it was ordered.
      type: str
      sample: '2026-11-22T07:58:12Z'
    renewed_by:
      description: The id of the order that renews it.
      type: str
      sample: b1KpQw7e
    renews:
      description: The id of the certificate that it renews.
      type: str
      sample: c3MnXy8d
request_ids:
  description: The ids of all calls, in order. Support asks for them.
  returned: always
  type: list
  elements: str
  sample: [3c140219-cfe9-470e-b241-907877d6fb03]
error:
  description: What went wrong, as data.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - One of V(auth), V(permission), V(not_found), V(conflict), V(quota), V(throttled), V(invalid),
          V(unavailable), V(timeout), V(network), V(protocol) and V(local).
      type: str
      sample: quota
    code:
      description: The error code of the service.
      type: str
      sample: FailedOperation.ExceedsFreeLimit
    message:
      description: The service's own words, unless they repeat what was sent.
      type: str
      sample: The number of free certificates exceeds the limit.
    http_status:
      description: The HTTP status of the answer.
      type: int
      sample: 200
    request_id:
      description: The id of the call that failed.
      type: str
      sample: 3c140219-cfe9-470e-b241-907877d6fb03
    retryable:
      description: Whether the same task may succeed later without a change.
      type: bool
      sample: false
    hint:
      description: What to do.
      type: str
      sample: Set force to true to cancel it.
"""

from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.cert_info import ENTRY


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
