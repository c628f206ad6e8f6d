#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep free edge certificates of an ESA site of Alibaba Cloud."""

from __future__ import annotations

DOCUMENTATION = r"""
module: esa_free_cert
short_description: Keep free edge certificates of domains of an ESA site of Alibaba Cloud
version_added: 0.2.0
description:
  - Makes sure that each domain of a list has a free certificate at an ESA (Edge Security Acceleration) site, applies
    for those that are missing in one call, and waits until they can be used.
  - There is one certificate a domain. ESA renews them by itself and never gives their keys, so there is nothing to
    renew here and no file to write.
  - Where the zone of the site is at ESA (NS access), or the traffic of a name already goes there, ESA proves the domain
    by itself. Otherwise RV(challenge) is what has to be published. The role P(cncloud.certificates.esa_https#role) does
    that.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.aliyun
  - cncloud.certificates._http
  - cncloud.certificates._aliyun
  - cncloud.certificates._wait
  - cncloud.certificates._requirements
attributes:
  check_mode:
    support: full
    details:
      - What only the cloud can tell is V((known after apply\)) in the diff and in the actions.
      - A full quota, a site that takes no applications, and a certificate in use fail in check mode too.
  diff_mode:
    support: full
    details:
      - Shows ids and states by domain.
  idempotent:
    support: full
    details:
      - A run without a change is one call that lists certificates, and one for the site if O(site) is given.
options:
  site:
    description:
      - The name of the site. Exactly one of O(site) and O(site_id) is needed.
    type: str
  site_id:
    description:
      - The id of the site. Quote it in YAML, it is longer than some tools take a number.
    type: str
  domains:
    description:
      - The domains. All of them lie in the site.
      - A wildcard has to be proven by DNS. At a site with CNAME access such an application stays unfinished, without
        an error, until RV(challenge) is published.
    type: list
    elements: str
    required: true
  state:
    description:
      - V(present) makes sure that each domain has a certificate that can be used, or that one is on its way.
      - V(absent) deletes the free certificates of exactly these domains. One that records of the site have in use is an
        error that names them. More than one for a domain is an error that lists them.
      - Uploaded certificates are never touched.
    type: str
    choices: [present, absent]
    default: present
  type:
    description:
      - The authority to apply at. V(digicert_single) is for single names alone, V(digicert_wildcard) for names such as
        V(*.example.com) alone, and the smallest plans have neither.
      - DigiCert proves by DNS alone. At a site with CNAME access RV(challenge) then is a CNAME that points to ESA. Let
        it stay, and ESA can renew by itself.
      - Acts at an application. What exists is not replaced for it, RV(takes_effect_at_renewal) says so.
    type: str
    choices: [lets_encrypt, digicert_single, digicert_wildcard]
    default: lets_encrypt
  retry_failed:
    description:
      - Applies again for domains whose application has failed or was cancelled. Without it that is an error with the
        service's reason, before anything is done, so that a schedule does not apply in vain every night.
    type: bool
    default: false
  force:
    description:
      - For O(state=absent). Deletes certificates that are in use, and all of several for one domain.
      - A wildcard is looked for at the record of that very name. Whether single names under it are served with it, the
        service does not say.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until all domains have a certificate that can be used. Applications that are under way are
        waited for too, and the task is then changed.
      - With V(false), the module reads RV(challenge) for up to 30 seconds and returns.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait at most. It takes 5 to 10 minutes as a rule. The task then fails with C(error.kind=timeout), the
        state of each domain and what is still to be published. The applications stay, and the next run goes on.
    type: float
    default: 2400.0
  wait_interval:
    description:
      - Seconds between two looks.
    type: float
    default: 15.0
notes:
  - The host of the service follows from the account, not from a region. Accounts of the international site need
    O(endpoint=https://esa.ap-southeast-1.aliyuncs.com).
  - The quota is asked before the application. If it has no room the task fails with C(error.kind=quota) and with what
    occupies it. Nothing is ever deleted to make room.
  - An application carries no token. When its answer is lost, the module looks for 30 seconds for what it has made, and
    fails if there is nothing. It is not sent a second time in one run.
  - The key needs the RAM permissions C(esa:ListSites), C(esa:GetSite), C(esa:ListCertificates), C(esa:GetCertificate),
    C(esa:GetCertificateQuota) and C(esa:ApplyCertificate), and for O(state=absent) C(esa:ListCertificatesByRecord) and
    C(esa:DeleteCertificate).
seealso:
  - module: cncloud.certificates.esa_cert_info
    description: Lists the certificates of a site.
  - module: cncloud.certificates.served_cert_info
    description: Tells what a TLS client gets.
  - name: ApplyCertificate
    description: The vendor's page of the operation that applies for free certificates.
    link: https://help.aliyun.com/zh/edge-security-acceleration/esa/api-esa-2024-09-10-applycertificate
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: Two names of a site whose zone is at ESA
  cncloud.certificates.esa_free_cert:
    site: example.com
    domains:
      - example.com
      - www.example.com

- name: What has to be published for a wildcard of a site with CNAME access
  cncloud.certificates.esa_free_cert:
    site: example.com
    domains: ['*.example.com']
    wait: false
  register: wildcard

- name: Publish it
  cncloud.certificates.aliyun_dns_record:
    zone: "{{ item.zone }}"
    name: "{{ item.name }}"
    type: "{{ item.type }}"
    value: "{{ item.value }}"
  loop: "{{ wildcard.challenge | rejectattr('type', 'eq', 'FILE') }}"

- name: Wait for it
  cncloud.certificates.esa_free_cert:
    site: example.com
    domains: ['*.example.com']

- name: Take a certificate away that no record uses
  cncloud.certificates.esa_free_cert:
    site_id: '1234567890123'
    domains: [old.example.com]
    state: absent
"""

RETURN = r"""
certificates:
  description:
    - The certificate of each domain, sorted by domain. Empty for O(state=absent).
    - Values that are not known yet, in check mode above all, are null.
  returned: success, and in a failed result where the list of the site could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id of the certificate. Null where there is none yet.
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
      description: Always V(free).
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
      description: What has to be published for this certificate, in the form of RV(challenge).
      type: list
      elements: dict
      sample: []
certificate:
  description: Always null, for there is one certificate a domain.
  returned: success
  type: dict
  sample: null
challenge:
  description:
    - What has to be published before the authority issues, once each. Empty where nothing is open.
    - A site with NS access proves itself, and its entries need not be published.
    - The service keeps a proof for one hour.
  returned: success, and in a failed result where certificates are told
  type: list
  elements: dict
  contains:
    type:
      description: V(TXT), V(CNAME) or V(FILE).
      type: str
      sample: TXT
    zone:
      description: The name of the site. The zone in DNS may be a shorter one.
      type: str
      sample: example.com
    name:
      description: The name of the record relative to that, V(@) for the site's own name. Null for a file.
      type: str
      sample: _acme-challenge.www
    record:
      description: The full name of the record, or the host that serves the file.
      type: str
      sample: _acme-challenge.www.example.com
    value:
      description: The value of the record, or the content of the file.
      type: str
      sample: 3Kq0y8fQJ8ZqOPN1tqWjSg
    path:
      description: The path of the file in its URL. Null for a record.
      type: str
      sample: null
site:
  description: The site. Parts that no call has told are null.
  returned: success, and in a failed result where certificates are told
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
ignored:
  description: Certificates of the site for these domains that were not applied for here, such as uploaded ones.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 2ea3ab8b7f3c4a0c8a4f2b6d8f1e0c55
      name: bought
      type: upload
      status: OK
      domains: [www.example.com]
      not_after: '2027-08-01T23:59:59Z'
takes_effect_at_renewal:
  description: Options that act at an application, and differ from what is there.
  returned: success
  type: list
  elements: dict
  sample:
    - option: type
      now: lets_encrypt
      then: digicert_single
quota:
  description: What occupies the quota of free certificates, where it has no room for what is needed.
  returned: failure with C(error.kind=quota), before anything was done
  type: dict
  contains:
    total:
      description: How many there may be.
      type: int
      sample: 10
    used:
      description: How many there are.
      type: int
      sample: 10
    needed:
      description: How many more this task needs.
      type: int
      sample: 2
    sites:
      description: How many each site of the account has.
      type: list
      elements: dict
      sample:
        - site_id: '1234567890123'
          site_name: example.com
          used: 10
    certificates:
      description: The free certificates of this site, in the form of RV(ignored).
      type: list
      elements: dict
      sample: []
actions:
  description: What was done, or would be done in check mode, as sentences in order.
  returned: success, and in a failed result where something had been done
  type: list
  elements: str
  sample:
    - "Apply for 2 free certificates (lets_encrypt) of the site example.com: example.com, www.example.com"
    - "Wait until they can be used: example.com, www.example.com"
reason:
  description: Why something was done or not.
  returned: success
  type: str
  sample: 2 domains without a certificate.
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
      description:
        - The error code of the service, or V(apply_failed) where an application has failed, or V(in_use) where a record
          has the certificate.
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

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.esa_free_cert import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
