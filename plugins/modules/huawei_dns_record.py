#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Add or remove one value of a DNS record in a zone of Huawei Cloud DNS."""

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_dns_record
short_description: Add or remove one value of a DNS record in Huawei Cloud DNS
version_added: 0.2.0
description:
  - Adds or removes exactly one value of one name, as the validation of a domain needs it. Other values of the name
    stay.
  - Final dots, the case of names and the quotes around a TXT make no difference. The case of a TXT value does, since
    it is part of the proof.
  - Huawei Cloud DNS keeps the values of one name and type as one set. A value is added by writing the set with it, and
    removed by writing the set without it; the set goes with its last value.
  - A CNAME stands alone. A name that is a CNAME with another value is an error, and so is a CNAME for a name that has
    other records.
  - Looks at and writes records of the default line of public zones alone, which all resolvers see.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._dns_record
  - cncloud.certificates._attributes.huawei
  - cncloud.certificates._http
  - cncloud.certificates._huawei
  - cncloud.certificates._requirements
attributes:
  idempotent:
    support: full
    details:
      - A run without a change is two calls, which list the zones and the record sets of the name. Without O(project_id)
        IAM is asked for it once more in each process.
options:
  ttl:
    description:
      - How long resolvers keep a record, in seconds, from 1 to 2147483647.
      - It counts for a set that is made. One that exists keeps its own, and so does a value that is added to it.
    type: int
    default: 300
notes:
  - After an answer was lost the module looks for the record for up to 15 seconds, and does not send it again.
  - A write is over when the service lists it, which is waited for, for up to 15 seconds.
  - The user needs the permissions C(dns:zone:list), C(dns:recordset:list), C(dns:recordset:create),
    C(dns:recordset:update) and C(dns:recordset:delete).
seealso:
  - module: cncloud.certificates.tencent_dns_record
    description: The same for a zone in DNSPod.
  - module: cncloud.certificates.aliyun_dns_record
    description: The same for a zone in AliDNS.
  - name: Creating a record set
    description: The vendor's page of the operation that adds a record set.
    link: https://support.huaweicloud.com/intl/en-us/api-dns/CreateRecordSetWithLine.html
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: Publish the proof
  cncloud.certificates.huawei_dns_record:
    region: cn-north-4
    zone: example.com
    name: _dnsauth
    type: TXT
    value: 202611220000000abcdef

- name: Publish a proof in whichever zone of the account it belongs to
  cncloud.certificates.huawei_dns_record:
    region: cn-north-4
    name: _dnsauth.api.example.com
    type: TXT
    value: 202611220000000abcdef

- name: Remove it again
  cncloud.certificates.huawei_dns_record:
    region: cn-north-4
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
      sample: 300
    id:
      description: The id of the record set. Null in check mode where it would be added.
      type: str
      sample: 2c9eb155587228570158722b6ac30007
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
  sample: [3c140219cfe9470eb241907877d6fb03]
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
      sample: DNS.0312
    message:
      description: The service's own words, unless they repeat what was sent.
      type: str
      sample: This record set already exists.
    http_status:
      description: The HTTP status of the answer.
      type: int
      sample: 400
    request_id:
      description: The id of the call that failed.
      type: str
      sample: 3c140219cfe9470eb241907877d6fb03
    retryable:
      description: Whether the same task may succeed later without a change.
      type: bool
      sample: false
    hint:
      description: What to do.
      type: str
      sample: Remove that record if it is left over from an earlier validation.
"""

from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.dns_record import ENTRY


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
