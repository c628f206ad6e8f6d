#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the client certificates of SSL-VPN servers of Alibaba Cloud."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aliyun_sslvpn_client_cert_info
short_description: List the client certificates of SSL-VPN servers of Alibaba Cloud
version_added: 0.2.0
description:
  - Lists the client certificates of the SSL-VPN servers in a region.
  - Fifty of them take one call. No call that brings a private key is ever made.
  - All filters have to be met. Without any, all certificates are listed.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.info
  - cncloud.certificates._attributes.aliyun
  - cncloud.certificates._http
  - cncloud.certificates._aliyun
  - cncloud.certificates._requirements
options:
  ssl_vpn_server_id:
    description:
      - Only certificates of the server with this id.
    type: str
  name:
    description:
      - Only certificates with exactly this name.
    type: str
  ssl_vpn_client_cert_id:
    description:
      - Only the certificate with exactly this id. If there is none, the list is empty.
    type: str
  status:
    description:
      - Only certificates in one of these states. V(expiring-soon) is the last week alone.
    type: list
    elements: str
    choices: [normal, expiring-soon, expired]
  expires_within_days:
    description:
      - Only certificates that end within this number of days, or have ended.
    type: int
notes:
  - The key needs the RAM permission C(vpc:DescribeSslVpnClientCerts).
seealso:
  - module: cncloud.certificates.aliyun_sslvpn_client_cert
    description: Keeps a client certificate and its files.
  - name: DescribeSslVpnClientCerts
    description: The vendor's page of the operation that lists client certificates.
    link: https://api.aliyun.com/document/Vpc/2016-04-28/DescribeSslVpnClientCerts
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: Client certificates that end within a month
  cncloud.certificates.aliyun_sslvpn_client_cert_info:
    region: cn-hangzhou
    expires_within_days: 30
  register: ending

- name: Name them
  ansible.builtin.debug:
    msg: "{{ item.name }} ({{ item.id }}) ends in {{ item.days_left }} days"
  loop: "{{ ending.certificates }}"

- name: All of one server
  cncloud.certificates.aliyun_sslvpn_client_cert_info:
    region: cn-hangzhou
    ssl_vpn_server_id: vss-m5et0q3iy1qex328wcujx
"""

RETURN = r"""
certificates:
  description: The certificates, sorted by server, name, end and id.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the certificate.
      type: str
      sample: vsc-bp1n8wcf134yl0osrcg98
    name:
      description: Its name, which need not be the only one of its kind.
      type: str
      sample: mobile-of-operations
    status:
      description:
        - V(normal), V(expiring-soon) in its last week, or V(expired), in the service's words.
        - Null right after the creation.
      type: str
      sample: normal
    domains:
      description: Always empty. Such a certificate is for a client.
      type: list
      elements: str
      sample: []
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
      description: The time of its creation.
      type: str
      sample: '2026-11-22T08:00:00Z'
    not_after:
      description: The end of the validity, three years later.
      type: str
      sample: '2029-11-21T08:00:00Z'
    days_left:
      description: Whole days until the end.
      type: int
      sample: 1095
    cloud:
      description: Always V(aliyun).
      type: str
      sample: aliyun
    ssl_vpn_server_id:
      description: The id of the server that it belongs to.
      type: str
      sample: vss-m5et0q3iy1qex328wcujx
    region:
      description: The region.
      type: str
      sample: cn-hangzhou
    resource_group_id:
      description: The resource group.
      type: str
      sample: rg-acfmzs372yg3nvq
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
      sample: Resource.QuotaFull
    message:
      description: The service's own words, unless they repeat what was sent.
      type: str
      sample: The quota of resource is full
    http_status:
      description: The HTTP status of the answer.
      type: int
      sample: 400
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
      sample: Check ssl_vpn_server_id and region.
"""

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert_info import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
