#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the certificates of an ESA site of Alibaba Cloud."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esa_cert_info
short_description: List the certificates of an ESA site of Alibaba Cloud
version_added: 0.2.0
description:
  - Lists the edge certificates of an ESA (Edge Security Acceleration) site, the free ones and those that were uploaded,
    in every state, with what has to be published for those that are on their way.
  - Fifty of them take one call. The service gives no key.
  - All filters have to be met. Without any, all certificates are listed.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.info
  - cncloud.certificates._attributes.aliyun
  - cncloud.certificates._http
  - cncloud.certificates._aliyun
  - cncloud.certificates._requirements
options:
  site:
    description:
      - The name of the site. Exactly one of O(site) and O(site_id) is needed.
    type: str
  site_id:
    description:
      - The id of the site. Quote it in YAML, it is longer than some tools take a number.
    type: str
  domain:
    description:
      - Only certificates that hold exactly this name.
    type: str
  certificate_id:
    description:
      - Only the certificate with exactly this id. If there is none, the list is empty.
    type: str
  type:
    description:
      - Only certificates of these kinds. V(free) ones were applied for, V(cas) ones come from the vendor's certificate
        service, V(upload) ones from elsewhere, and of V(keyless) ones the key is elsewhere.
    type: list
    elements: str
    choices: [free, cas, upload, keyless]
  status:
    description:
      - Only certificates in one of these states.
    type: list
    elements: str
    choices: [OK, Issued, Expiring, Applying, ApplyFailed, Canceled, Expired]
  expires_within_days:
    description:
      - Only certificates that end within this number of days, or have ended.
    type: int
notes:
  - The host of the service follows from the account, not from a region. Accounts of the international site need
    O(endpoint=https://esa.ap-southeast-1.aliyuncs.com).
  - The key needs the RAM permissions C(esa:ListSites) and C(esa:ListCertificates).
seealso:
  - module: cncloud.certificates.esa_free_cert
    description: Keeps free certificates.
  - name: ListCertificates
    description: The vendor's page of the operation that lists certificates.
    link: https://help.aliyun.com/zh/edge-security-acceleration/esa/api-esa-2024-09-10-listcertificates
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: Certificates that end within a month, and were not applied for here
  cncloud.certificates.esa_cert_info:
    site: example.com
    type: [cas, upload, keyless]
    expires_within_days: 30
  register: ending

- name: Name them
  ansible.builtin.debug:
    msg: "{{ item.name }} ({{ item.id }}) ends in {{ item.days_left }} days"
  loop: "{{ ending.certificates }}"

- name: Applications that are not finished
  cncloud.certificates.esa_cert_info:
    site_id: '1234567890123'
    status: [Applying, ApplyFailed]
"""

RETURN = r"""
certificates:
  description: The certificates, sorted by domain, end and id.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the certificate.
      type: str
      sample: '30000478'
    name:
      description: The name that it has in the console.
      type: str
      sample: www.example.com
    status:
      description:
        - V(OK), V(Issued), V(Expiring) (in its last thirty days), V(Applying), V(ApplyFailed), V(Canceled) or
          V(Expired), in the service's words. The first three can be used.
      type: str
      sample: OK
    domains:
      description: All names that it holds.
      type: list
      elements: str
      sample: [www.example.com]
    issuer:
      description: The issuer, in the service's words.
      type: str
      sample: Let's Encrypt
    serial_number:
      description: The serial number in hexadecimal.
      type: str
      sample: 4be89c0c4be80fa0d7d1a6a1aee09c2e
    fingerprint_sha256:
      description: The SHA-256 fingerprint.
      type: str
      sample: 3f2a9c11d0b5a4a1b0c6c2a6e0f4d7c89a1b2c3d4e5f60718293a4b5c6d7e8f9
    not_before:
      description: The beginning of the validity.
      type: str
      sample: '2026-11-22T08:00:00Z'
    not_after:
      description: The end of the validity.
      type: str
      sample: '2027-02-20T08:00:00Z'
    days_left:
      description: Whole days until the end.
      type: int
      sample: 90
    cloud:
      description: Always V(aliyun).
      type: str
      sample: aliyun
    domain:
      description: The domain that it was applied for.
      type: str
      sample: www.example.com
    site_id:
      description: The id of the site.
      type: str
      sample: '1234567890123'
    site_name:
      description: The name of the site, where it is known.
      type: str
      sample: example.com
    type:
      description: V(free), V(cas), V(upload) or V(keyless).
      type: str
      sample: free
    key_algorithm:
      description: The algorithm of the key, in the service's words.
      type: str
      sample: RSA
    signature_algorithm:
      description: The algorithm of the signature, in the service's words.
      type: str
      sample: SHA256-RSA
    created:
      description: When it was applied for or uploaded.
      type: str
      sample: '2026-11-22T07:58:00Z'
    apply_code:
      description: The number of the reason why an application failed or is not finished.
      type: int
      sample: null
    apply_message:
      description: That reason in words.
      type: str
      sample: null
    challenge:
      description: What has to be published for a certificate that is on its way.
      type: list
      elements: dict
      sample:
        - type: TXT
          zone: example.com
          name: _acme-challenge.www
          record: _acme-challenge.www.example.com
          value: 3Kq0y8fQJ8ZqOPN1tqWjSg
          path: null
site:
  description: The site. Parts that no call has told are null.
  returned: success
  type: dict
  contains:
    id:
      description: The id.
      type: str
      sample: '1234567890123'
    name:
      description: The name.
      type: str
      sample: example.com
    access_type:
      description: V(NS) where the zone is at ESA, or V(CNAME) where single names point there.
      type: str
      sample: CNAME
    status:
      description: V(active), or why the site takes no applications.
      type: str
      sample: active
request_ids:
  description: The ids of all calls, in order. Support asks for them.
  returned: always
  type: list
  elements: str
  sample: [606998F0-B94D-48FE-8316-ACA81BB230DA]
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
      sample: QuotaExceeded
    message:
      description: The service's own words, unless they repeat what was sent.
      type: str
      sample: The quota is exceeded.
    http_status:
      description: The HTTP status of the answer.
      type: int
      sample: 403
    request_id:
      description: The id of the call that failed.
      type: str
      sample: 606998F0-B94D-48FE-8316-ACA81BB230DA
    retryable:
      description: Whether the same task may succeed later without a change.
      type: bool
      sample: false
    hint:
      description: What to do.
      type: str
      sample: Check site or site_id and the account.
"""

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_cert_info import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
