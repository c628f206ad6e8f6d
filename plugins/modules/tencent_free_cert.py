#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep a free certificate of Tencent Cloud: order, prove, write, renew, end."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_free_cert
short_description: Keep a free certificate of Tencent Cloud, and its files
version_added: 0.1.0
description:
  - Makes sure that the account has a valid free (domain validated) certificate for a domain, and that its files are
    where they belong. Orders one where there is none, goes on with an order that is pending, and renews what is due.
  - The module looks after free certificates for the domain and its C(www.) twin alone. Uploaded, paid and wildcard
    certificates of that name are listed in RV(ignored) and never touched.
  - The service makes the private key. It is fetched only to write a file that is missing or differs, and is in no
    result.
  - Every order counts against the quotas of the account and of the registrable domain, even if it fails or is
    cancelled. The service offers no way to repeat an order safely. This module sends each order once, and looks at
    the list of certificates before it sends another.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.tencent
  - cncloud.certificates._http
  - cncloud.certificates._tencent
  - cncloud.certificates._wait
  - cncloud.certificates._renewal
  - cncloud.certificates._files
  - cncloud.certificates._requirements
attributes:
  check_mode:
    support: full
    details:
      - What only the cloud can tell is V((known after apply\)) in the diff, in the actions and in RV(challenge).
  diff_mode:
    support: full
    details:
      - Shows ids, states and fingerprints, never a private key.
  idempotent:
    support: partial
    details:
      - A run without a change is one call that lists certificates, and none that brings a key.
      - O(force=true) orders again at each run that is at least an hour after the last order.
options:
  domain:
    description:
      - The domain name. At most 64 characters and no wildcard. Names with other characters than ASCII are converted.
      - V(example.com) and V(www.example.com) come as one certificate.
      - At least one of O(domain) and O(certificate_id) is needed.
    type: str
  certificate_id:
    description:
      - The id of a certificate that exists. It is case-sensitive.
      - When it is due, what replaced it is used. One is ordered only if nothing newer exists, and then has an id of
        its own.
      - For O(state=present) an id that does not exist is an error. Nothing is created under an id.
    type: str
  state:
    description:
      - V(present) keeps a valid certificate.
      - V(absent) cancels a pending order and deletes it, and deletes what is expired, revoked, cancelled or failed.
        The service deletes nothing within an hour of its order, so that such a remnant counts as absent and is
        deleted by a later run.
      - An issued certificate is an error for V(absent) unless O(revoke=true). More than one issued certificate or
        pending order is an error that lists them.
      - Files stay in any case.
    type: str
    choices: [present, absent]
    default: present
  dv_auth_method:
    description:
      - How the domain is proven. A pending order that was made with another method is an error unless O(force=true).
    type: str
    choices:
      dns_auto: The service writes the record itself. The zone has to be in DNSPod in the same account.
      dns: You publish the records in RV(challenge), for example with M(cncloud.certificates.tencent_dns_record).
      file: You serve the files in RV(challenge).
    default: dns_auto
  key_algorithm:
    description:
      - The algorithm of the private key. The service's default is RSA.
    type: str
    choices:
      rsa: RSA with 2048 bits.
      ecc: ECDSA on the curve prime256v1.
  alias:
    description:
      - The label that the console shows. It is set where it differs, if given.
    type: str
  contact_email:
    description:
      - The address that the order names. The default is the account's.
    type: str
  contact_phone:
    description:
      - The telephone number that the order names. The default is the account's.
    type: str
  project_id:
    description:
      - The project that the certificate belongs to. It is moved there where it differs, if given.
    type: int
  package_type:
    description:
      - The product to order, V(83) at the time of writing. Leave it out for the service's default, which follows its
        changes.
      - Certificates of this product count as free ones, besides those of the products V(1), V(2) and V(83).
    type: str
  validity_period:
    description:
      - The validity to order, in months. Leave it out for the service's default.
    type: int
  delete_dns_auto_record:
    description:
      - Whether the service removes the record that it has written, after the issue. The service's default is no.
      - For O(dv_auth_method=dns_auto) alone.
    type: bool
  revoke:
    description:
      - For O(state=absent), revokes a certificate that is issued. The revocation needs a proof of its own, which is
        returned in RV(challenge) until it is given. A later run deletes the certificate.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds to wait at most until an order is issued, cancelled or deleted. The task then fails with
        C(error.kind=timeout) and what is still to be done. The order stays, and the next run goes on with it.
    type: float
    default: 900.0
  wait_interval:
    description:
      - Seconds between two looks at an order, at most. The first looks follow sooner.
    type: float
    default: 15.0
  force:
    description:
      - Orders a new certificate although there is one that is not due. Goes on with a pending order that fits.
      - Cancels a pending order that does not fit, and orders anew.
      - Orders although the last two orders failed. Without it the module refuses, so that a schedule cannot use up
        the quota.
      - Overwrites a private key that is not known to be an earlier one of this domain.
      - It never orders within an hour of the last order, and not in place of a given O(certificate_id) that is not due.
    type: bool
    default: false
  certificate_path:
    description:
      - Where the certificate (the leaf alone) is written, as PEM. Its first line is a comment with the id, by which a
        later run knows it without a call that brings the key.
    type: path
  chain_path:
    description:
      - Where the certificates of the authorities are written, as PEM.
      - Needs O(certificate_path) or O(fullchain_path).
    type: path
  fullchain_path:
    description:
      - Where the leaf with the certificates of the authorities behind it is written, as PEM, with the same comment
        line.
    type: path
  private_key_path:
    description:
      - Where the private key is written, as PEM without a passphrase.
      - Needs O(certificate_path) or O(fullchain_path).
      - Another private key that is there is not overwritten, unless a certificate of this domain that this module
        wrote is beside it and fits it, or O(force=true).
    type: path
notes:
  - O(key_algorithm), O(dv_auth_method), O(package_type), O(validity_period), O(contact_email), O(contact_phone) and
    O(delete_dns_auto_record) act when a certificate is ordered. Where one differs from the certificate that is there,
    RV(takes_effect_at_renewal) says so, and nothing is changed.
  - A renewal has a new id. What refers to the old one has to be pointed at it.
  - Runs for one domain are done one after the other by all tasks of a user on a machine. Use C(run_once) where
    several machines would order for the same domain. If two do all the same, the younger order is cancelled.
  - With O(wait=false) the module reads the proof for up to 30 seconds and returns. The next run goes on with the
    order.
  - With O(wait=true) and O(dv_auth_method=dns) or O(dv_auth_method=file) the service is asked to look at the proof,
    so publish it first. If the time runs out, the order stays and the failed result has RV(challenge) and
    RV(certificate).
  - The key needs the CAM permissions C(ssl:DescribeCertificates), C(ssl:DescribeCertificate),
    C(ssl:DescribeCertificateDetail) and C(ssl:ApplyCertificate), and for what is used of them
    C(ssl:CompleteCertificate), C(ssl:CancelCertificateOrder), C(ssl:DeleteCertificate), C(ssl:RevokeCertificate),
    C(ssl:ModifyCertificateAlias) and C(ssl:ModifyCertificateProject).
seealso:
  - module: cncloud.certificates.tencent_cert_info
    description: Lists the certificates of the account.
  - module: cncloud.certificates.tencent_dns_record
    description: Publishes the proof in a zone of DNSPod.
  - module: cncloud.certificates.huawei_apig_domain_cert
    description: Binds the files to a domain of a Huawei Cloud API gateway.
  - name: ApplyCertificate
    description: The vendor's page of the operation that orders a certificate.
    link: https://cloud.tencent.com/document/product/400/41678
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: A certificate for a domain whose zone is in DNSPod in the same account
  cncloud.certificates.tencent_free_cert:
    domain: api.example.com
    dv_auth_method: dns_auto
    key_algorithm: ecc
    certificate_path: /etc/pki/api.example.com/cert.pem
    fullchain_path: /etc/pki/api.example.com/fullchain.pem
    private_key_path: /etc/pki/api.example.com/privkey.pem

- name: Order, and learn what has to be published
  cncloud.certificates.tencent_free_cert:
    domain: shop.example.com
    dv_auth_method: dns
    wait: false
  register: order

- name: Publish the proof
  cncloud.certificates.tencent_dns_record:
    zone: "{{ item.zone }}"
    name: "{{ item.name }}"
    type: "{{ item.type }}"
    value: "{{ item.value }}"
  loop: "{{ order.challenge }}"

- name: Wait for the certificate and write its files
  cncloud.certificates.tencent_free_cert:
    domain: shop.example.com
    dv_auth_method: dns
    fullchain_path: /etc/pki/shop.example.com/fullchain.pem
    private_key_path: /etc/pki/shop.example.com/privkey.pem
    renew_before: 20d

- name: Give a certificate up
  cncloud.certificates.tencent_free_cert:
    domain: old.example.com
    state: absent
    revoke: true
"""

RETURN = r"""
certificate:
  description:
    - The certificate that is current after the run, or the pending order where there is none yet. While a renewal is
      pending, it is the old one.
    - Values that are not known, in check mode or because no file was asked for, are null.
    - Null for O(state=absent) once nothing is left.
  returned: success, and in a failed result where a wait has run out
  type: dict
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
        - V(issued) for a valid one. Orders are V(under_review), V(dns_record_added), V(awaiting_free_material) and
          others of the service's states in words.
      type: str
      sample: issued
    domains:
      description: All names of the certificate.
      type: list
      elements: str
      sample: [api.example.com]
    issuer:
      description: The issuer, as RFC 4514 writes it. From the file on disk.
      type: str
      sample: CN=TrustAsia DV TLS RSA CA 2025,O=TrustAsia Technologies\, Inc.,C=CN
    serial_number:
      description: The serial number in hexadecimal. From the file on disk.
      type: str
      sample: 4be89c0c4be80fa0d7d1a6a1aee09c2e
    fingerprint_sha256:
      description: The SHA-256 fingerprint. From the file on disk.
      type: str
      sample: 3f2a9c11d0b5a4a1b0c6c2a6e0f4d7c89a1b2c3d4e5f60718293a4b5c6d7e8f9
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
challenge:
  description:
    - What proves the domain and has to be published by you. Empty for O(dv_auth_method=dns_auto).
    - Also returned by the run that sees the certificate issued, so that it can be removed. The service forgets it
      then.
    - In check mode, where an order would be made, one entry whose values are V((known after apply\)).
  returned: success, and in a failed result where a wait has run out
  type: list
  elements: dict
  contains:
    type:
      description: V(TXT), V(CNAME) or V(FILE).
      type: str
      sample: CNAME
    zone:
      description: The zone, as the service names it.
      type: str
      sample: example.com
    name:
      description: The name of the record, relative to the zone, or V(@). Null for a file.
      type: str
      sample: _dnsauth.api
    record:
      description: The full name of the record. For a file, the host that serves it.
      type: str
      sample: _dnsauth.api.example.com
    value:
      description: The value of the record, or the content of the file.
      type: str
      sample: 202611220000000abcdef.trust-provider.example
    path:
      description: The path of the URL of a file. Null for a record.
      type: str
      sample: /.well-known/pki-validation/fileauth.txt
renewal:
  description: The pending order beside a certificate that is still current, or null.
  returned: success, and in a failed result where a wait has run out
  type: dict
  contains:
    id:
      description: The id of the order. Null in check mode where it would be made.
      type: str
      sample: b1KpQw7e
    status:
      description: Its state, in the words of RV(certificate.status).
      type: str
      sample: under_review
    challenge:
      description: The same as RV(challenge).
      type: list
      elements: dict
      sample: []
ignored:
  description: Certificates of that name that this module leaves alone.
  returned: success
  type: list
  elements: dict
  sample:
    - id: d5QwErTy
      name: '*.example.com'
      status: issued
      domains: ['*.example.com', example.com]
      not_after: '2027-08-01T23:59:59Z'
      package_type: '57'
takes_effect_at_renewal:
  description: Options that act when a certificate is ordered, and differ from the one that is there.
  returned: success
  type: list
  elements: dict
  contains:
    option:
      description: The name of the option.
      type: str
      sample: key_algorithm
    now:
      description: What the certificate has.
      type: str
      sample: rsa
    then:
      description: What the next order will ask for.
      type: str
      sample: ecc
files:
  description: The paths that were written or corrected, or would be.
  returned: success
  type: list
  elements: str
  sample: [/etc/pki/api.example.com/fullchain.pem, /etc/pki/api.example.com/privkey.pem]
actions:
  description: What was done, or in check mode what would be done, in order.
  returned: success
  type: list
  elements: str
  sample:
    - Order a free certificate for api.example.com (dns_auto, ecc)
    - Wait until the new certificate is issued
reason:
  description: Why something was done, or why not.
  returned: success
  type: str
  sample: There is no issued certificate and no pending order.
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
from ansible_collections.cncloud.certificates.plugins.module_utils._tencent.free_cert import ENTRY


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
