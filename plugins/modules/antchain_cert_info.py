#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the certificates of the chains of an AntChain consortium."""

from __future__ import annotations

DOCUMENTATION = r"""
module: antchain_cert_info
short_description: List what the caller has applied for on the chains of an AntChain consortium
version_added: 0.2.0
description:
  - Lists the chains of a consortium on which the caller has a certificate, or has applied for one.
  - Without O(username) that is one list call for fifty chains. No call that brings a private key is ever made, and
    nothing is downloaded.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.info
  - cncloud.certificates._attributes.aliyun
  - cncloud.certificates._http
  - cncloud.certificates._aliyun
  - cncloud.certificates._requirements
options:
  consortium_id:
    description:
      - The id of the consortium.
    type: str
    required: true
  ant_chain_id:
    description:
      - Only the chain with exactly this id. If there is none, the list is empty.
    type: str
  username:
    description:
      - The user name that the service has for the account, such as V(uid-1234567890123456).
      - If it is given, the applications of this user are read too, with up to three calls for each chain. Only then
        V(pending) and V(failed) are told from V(applied).
    type: str
  status:
    description:
      - Only certificates in one of these states.
    type: list
    elements: str
    choices: [pending, applied, failed]
notes:
  - The key needs the RAM permission C(baas:DescribeAntChains), and for O(username)
    C(baas:DescribeAntChainCertificateApplications).
seealso:
  - module: cncloud.certificates.antchain_cert
    description: Keeps a certificate, its key and its files.
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: What is applied for in a consortium
  cncloud.certificates.antchain_cert_info:
    region: cn-hangzhou
    consortium_id: DV80nJXq
  register: applied

- name: Name the chains
  ansible.builtin.debug:
    msg: "{{ applied.certificates | map(attribute='name') | list }}"

- name: What waits for an administrator
  cncloud.certificates.antchain_cert_info:
    region: cn-hangzhou
    consortium_id: DV80nJXq
    username: uid-1234567890123456
    status: [pending]
"""

RETURN = r"""
certificates:
  description: The certificates, sorted by name and id of their chains.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description:
        - O(consortium_id) and O(ant_chain_id) with a colon between them, as on the comment line in client.crt.
        - The service has no id of a certificate. There is one per account and chain.
      type: str
      sample: DV80nJXq:1q8B5R9p
    name:
      description: The name of the chain.
      type: str
      sample: supply-chain
    status:
      description:
        - V(applied), V(pending) while there is no certificate to download, which may need an administrator's approval,
          or V(failed).
      type: str
      sample: applied
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
      description: The begin of the validity. Always null, since the list does not tell it.
      type: str
      sample: null
    not_after:
      description: The end of the validity. Always null, since the list does not tell it.
      type: str
      sample: null
    days_left:
      description: Whole days until the end. Always null, since the list does not tell it.
      type: int
      sample: null
    cloud:
      description: Always V(aliyun).
      type: str
      sample: aliyun
    consortium_id:
      description: The id of the consortium.
      type: str
      sample: DV80nJXq
    ant_chain_id:
      description: The id of the chain.
      type: str
      sample: 1q8B5R9p
    method:
      description: Always null. The service does not tell it.
      type: str
      sample: null
    member_status:
      description: What the service says of the caller on the chain, in its own word.
      type: str
      sample: ChainApplied
    network:
      description: The state of the chain, in the service's own word.
      type: str
      sample: Running
    username:
      description: The user name of the application, where O(username) is given and the applications were read.
      type: str
      sample: uid-1234567890123456
    applied_at:
      description: The time of that application.
      type: str
      sample: '2026-11-22T08:00:00Z'
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
      sample: permission
    code:
      description: The error code of the service.
      type: str
      sample: Forbidden.RAM
    message:
      description: The service's own words, unless they repeat what was sent.
      type: str
      sample: User not authorized to operate on the specified resource.
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
      sample: Allow the operation for this key in RAM.
"""

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert_info import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
