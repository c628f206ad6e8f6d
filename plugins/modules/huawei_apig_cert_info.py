#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the certificates of a dedicated API gateway of Huawei Cloud."""

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_apig_cert_info
short_description: List the certificates of a Huawei Cloud API gateway
version_added: 0.1.0
description:
  - Lists the certificate objects that a dedicated API gateway knows, its own and those of all gateways.
  - Without O(with_bindings), O(with_details) and a group this is one call for up to 500 certificates.
  - The service returns neither the text of a certificate nor its fingerprint, and never a key.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.info
  - cncloud.certificates._attributes.huawei
  - cncloud.certificates._http
  - cncloud.certificates._huawei
  - cncloud.certificates._requirements
options:
  instance_id:
    description:
      - The id of the dedicated API gateway.
    type: str
    required: true
  group:
    description:
      - Only certificates that a domain of the API group of this name holds. Two groups of this name are an error
        that lists their ids.
    type: str
  group_id:
    description:
      - Only certificates that a domain of the API group with this id holds.
    type: str
  name:
    description:
      - Only certificates of exactly this name. Names are not unique.
    type: str
  common_name:
    description:
      - Only certificates of exactly this common name.
    type: str
  domain:
    description:
      - Only certificates whose names cover this domain, a wildcard for exactly its first label included.
    type: str
  expires_within_days:
    description:
      - Only certificates that end within this number of days, or have ended.
    type: int
  with_bindings:
    description:
      - Whether RV(certificates[].bound_to) and RV(certificates[].status) are filled. Takes one call for up to 500
        API groups.
      - They are filled, for the domains of that group, when O(group) or O(group_id) is given.
    type: bool
    default: false
  with_details:
    description:
      - Whether RV(certificates[].serial_number), RV(certificates[].issuer) and RV(certificates[].not_before) are
        filled. Takes one call for each certificate that passes the filters.
    type: bool
    default: false
seealso:
  - module: cncloud.certificates.huawei_apig_domain_cert
    description: Binds a certificate to a domain of a gateway.
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: Find what ends within a month, and where it is bound
  cncloud.certificates.huawei_apig_cert_info:
    region: cn-north-4
    instance_id: 93a1b2c3d4e5f60718293a4b5c6d7e8f
    expires_within_days: 30
    with_bindings: true
  register: ending

- name: Show the domains that need a new certificate
  ansible.builtin.debug:
    msg: "{{ ending.certificates | map(attribute='bound_to') | flatten | map(attribute='domain') | unique }}"
"""

RETURN = r"""
certificates:
  description: The certificates that pass all filters, sorted by name and id.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the certificate object.
      type: str
      sample: b0a1c2d3e4f5061728394a5b6c7d8e9f
    name:
      description: The name of the certificate object.
      type: str
      sample: api_example_com_3f2a9c11
    status:
      description: V(bound) or V(unbound) on this gateway, null where bindings were not read.
      type: str
      sample: bound
    domains:
      description: The DNS names of the certificate.
      type: list
      elements: str
      sample: [api.example.com]
    issuer:
      description: The issuer in the service's words, null without O(with_details).
      type: str
      sample: TrustAsia Technologies, Inc.
    serial_number:
      description: The serial number in hexadecimal, null without O(with_details).
      type: str
      sample: 4be89c0c4be80fa0d7d1a6a1aee09c2e
    fingerprint_sha256:
      description: Always null. The service does not tell it.
      type: str
      sample: null
    not_before:
      description: The beginning of the validity, null without O(with_details).
      type: str
      sample: '2026-11-22T00:00:00Z'
    not_after:
      description: The end of the validity.
      type: str
      sample: '2027-02-20T23:59:59Z'
    days_left:
      description: Whole days until the end, negative after it.
      type: int
      sample: 90
    cloud:
      description: Always V(huawei).
      type: str
      sample: huawei
    algorithm:
      description: The algorithm of the key, V(RSA), V(ECC) or V(SM2).
      type: str
      sample: RSA
    scope:
      description: V(instance) for an object of this gateway, V(global) for one of all gateways.
      type: str
      sample: instance
    common_name:
      description: The common name of the certificate.
      type: str
      sample: api.example.com
    has_trusted_root_ca:
      description: Whether the object has a CA for the certificates of clients.
      type: bool
      sample: false
    bound_to:
      description: The domains of this gateway that hold the certificate, null where bindings were not read.
      type: list
      elements: dict
      sample:
        - instance_id: 93a1b2c3d4e5f60718293a4b5c6d7e8f
          group_id: 5f1a2b3c4d5e6f708192a3b4c5d6e7f8
          group: shop
          domain_id: 0f1e2d3c4b5a69788796a5b4c3d2e1f0
          domain: api.example.com
request_ids:
  description: The ids of all calls, in order. Support asks for them.
  returned: always
  type: list
  elements: str
  sample: [7b1c5d2e9f3a4b6c8d0e1f2a3b4c5d6e]
error:
  description:
    - What went wrong, as data, with C(kind), C(code), C(message), C(http_status), C(request_id), C(retryable) and
      C(hint).
    - RV(ignore:error.kind) is one of V(auth), V(permission), V(not_found), V(conflict), V(quota), V(throttled),
      V(invalid), V(unavailable), V(timeout), V(network), V(protocol) and V(local).
  returned: failure
  type: dict
  sample:
    kind: not_found
    code: APIG.3030
    message: The instance does not exist
    http_status: 404
    request_id: 7b1c5d2e9f3a4b6c8d0e1f2a3b4c5d6e
    retryable: false
    hint: Check the id, instance_id, region and project, and whose account the key is of.
"""

from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.cert_info import ENTRY


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
