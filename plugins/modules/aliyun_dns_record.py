#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Add or remove one value of a DNS record in a zone of AliDNS."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aliyun_dns_record
short_description: Add or remove one value of a DNS record in AliDNS
version_added: 0.2.0
description:
  - Adds or removes exactly one value of one name, as the validation of a domain needs it. Other values of the name
    stay.
  - Final dots, the case of names and the quotes around a TXT make no difference. The case of a TXT value does, since
    it is part of the proof.
  - A CNAME stands alone. A name that is a CNAME with another value is an error, and so is a CNAME for a name that has
    other records.
  - Looks at and writes records of the default line alone, which all resolvers see.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._dns_record
  - cncloud.certificates._attributes.aliyun
  - cncloud.certificates._http
  - cncloud.certificates._aliyun
  - cncloud.certificates._requirements
attributes:
  idempotent:
    support: full
    details:
      - A run without a change is one call that lists the records of the name, after the one for the zone where
        O(zone) is not given.
options:
  ttl:
    description:
      - How long resolvers keep a record that is added, in seconds, from 1 to 86400. Zones without a paid plan need
        at least 600.
      - It is not changed where the record exists.
    type: int
    default: 600
notes:
  - After an answer was lost the module looks for the record for up to 30 seconds, and does not send it again.
  - The key needs the RAM permissions C(alidns:DescribeSubDomainRecords), C(alidns:AddDomainRecord) and
    C(alidns:DeleteDomainRecord), and C(alidns:DescribeDomains) where O(zone) is not given.
seealso:
  - module: cncloud.certificates.tencent_dns_record
    description: The same for a zone in DNSPod.
  - module: cncloud.certificates.huawei_dns_record
    description: The same for a zone in Huawei Cloud DNS.
  - name: AddDomainRecord
    description: The vendor's page of the operation that adds a record.
    link: https://help.aliyun.com/document_detail/29772.html
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: Publish the proof
  cncloud.certificates.aliyun_dns_record:
    zone: example.com
    name: _dnsauth
    type: TXT
    value: 202611220000000abcdef

- name: Publish a proof in whichever zone of the account it belongs to
  cncloud.certificates.aliyun_dns_record:
    name: _dnsauth.api.example.com
    type: TXT
    value: 202611220000000abcdef

- name: Remove it again
  cncloud.certificates.aliyun_dns_record:
    zone: example.com
    name: _dnsauth.example.com.
    type: TXT
    value: 202611220000000abcdef
    state: absent
"""

RETURN = r"""
record:
  description: The record, or null for O(state=absent).
  returned: success
  type: dict
  contains:
    zone:
      description: The zone, also where it was found.
      type: str
      sample: example.com
    name:
      description: The name relative to the zone, or V(@).
      type: str
      sample: _dnsauth
    type:
      description: The type.
      type: str
      sample: TXT
    value:
      description: The value, or null where it is not known yet in check mode.
      type: str
      sample: 202611220000000abcdef
    ttl:
      description: How long resolvers keep it, in seconds.
      type: int
      sample: 600
    id:
      description: The id of the record. Null in check mode where it would be added.
      type: str
      sample: '905362548218345472'
    record:
      description: The full name.
      type: str
      sample: _dnsauth.example.com
actions:
  description: What was done, or in check mode what would be done, in order.
  returned: success
  type: list
  elements: str
  sample:
    - Create the TXT record _dnsauth.example.com with the value 202611220000000abcdef
reason:
  description: Why something was done, or why not.
  returned: success
  type: str
  sample: There is no such record.
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
      sample: conflict
    code:
      description: The error code of the service.
      type: str
      sample: DomainRecordConflict
    message:
      description: The service's own words, unless they repeat what was sent.
      type: str
      sample: The record conflicts with another one.
    http_status:
      description: The HTTP status of the answer.
      type: int
      sample: 400
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
      sample: Remove that record if it is left over from an earlier validation.
"""

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.dns_record import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
