#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bind a certificate to a domain of a dedicated API gateway of Huawei Cloud."""

from __future__ import annotations

DOCUMENTATION = r"""
module: huawei_apig_domain_cert
short_description: Bind a certificate to a domain of a Huawei Cloud API gateway
version_added: 0.1.0
description:
  - Makes sure that a domain (host name) of an API group of a dedicated API gateway serves exactly the given
    certificate.
  - A bound certificate is the given one when serial number and end are equal. The service never returns a
    certificate's text, so that another chain behind the same certificate cannot be seen.
  - One domain may hold one certificate of each algorithm, RSA and ECC. This module looks after the one of the
    algorithm that the given certificate has. The others stay and are listed in RV(others).
  - At no point is the domain without a certificate. A new one is bound, and seen to be bound, before an old one is
    unbound.
  - The domain itself, its group and its gateway must exist.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.huawei
  - cncloud.certificates._http
  - cncloud.certificates._huawei
  - cncloud.certificates._requirements
attributes:
  check_mode:
    support: full
    details:
      - A file of O(certificate_path) or O(private_key_path) that does not exist is taken for one that an earlier
        task would have written. The module then warns and predicts a change.
  diff_mode:
    support: full
    details:
      - Shows ids, names, serial numbers and ends of the certificates on the domain, never a key.
  idempotent:
    support: full
    details:
      - A run without a change makes two reads, of the group and of the certificate.
      - A run that is ended half-way may leave a certificate object that is bound to nothing. The next run on the same
        machine finds it by the note of that run, and deletes it, even if it has nothing else to do.
options:
  instance_id:
    description:
      - The id of the dedicated API gateway.
    type: str
    required: true
  group:
    description:
      - The name of the API group that the domain belongs to. Two groups of this name are an error that lists their
        ids.
      - Exactly one of O(group) and O(group_id) is needed.
    type: str
  group_id:
    description:
      - The id of the API group.
    type: str
  domain:
    description:
      - The host name as it was added to the API group. A wildcard such as V(*.example.com) is a domain of its own
        and needs a certificate for exactly that wildcard.
      - Exactly one of O(domain) and O(domain_id) is needed.
    type: str
  domain_id:
    description:
      - The id of the domain. Needed where a group has the same host name more than once, with custom ports. The
        gateway binds certificates per host name, so that all of them change together.
    type: str
  state:
    description:
      - V(present) binds the given certificate.
      - V(absent) unbinds the given certificate, or the only one bound if none is given. Without a given
        certificate, several bound ones are an error that lists them. HTTPS calls to the domain fail from then on.
      - A certificate object that is left without a domain is deleted if this module has named it and it belongs to
        this gateway alone. A shared object is unbound, never deleted.
    type: str
    choices: [present, absent]
    default: present
  certificate:
    description:
      - The certificate as PEM, the leaf first and then each one's issuer.
      - Mutually exclusive with O(certificate_path). One of them is needed for O(state=present).
    type: str
  certificate_path:
    description:
      - An absolute path, or one beginning with C(~), of a file with the certificate and its chain on the host that
        runs the module. Only its PEM blocks are uploaded.
    type: path
  private_key:
    description:
      - The private key as PEM, without a passphrase.
      - Mutually exclusive with O(private_key_path). One of them is needed for O(state=present).
    type: str
  private_key_path:
    description:
      - An absolute path, or one beginning with C(~), of a file with the private key. Prefer it over O(private_key),
        so that the key is no part of the task.
    type: path
  name:
    description:
      - The name of a certificate object that has to be made. 4 to 50 letters, Chinese characters, digits or
        underscores, beginning with a letter or a Chinese character.
      - The default is the domain in these characters, an underscore and the first 8 digits of the certificate's
        SHA-256 fingerprint.
      - An object that exists is never renamed.
    type: str
  replace:
    description:
      - How a certificate gives way to the given one of the same algorithm.
      - V(in_place) replaces the content of the bound object, whose id and name stay. It is done only if the object
        belongs to this gateway and is bound to this domain alone, which is read twice, 10 seconds apart. Otherwise
        the module does as for V(attach_new).
      - V(attach_new) makes a new object, binds it, unbinds the old one, and deletes that if this module has named
        it, it belongs to this gateway and nothing else holds it. Where the gateway does not bind a second
        certificate of the algorithm (C(APIG.2051)), the old one stays bound and the module fails.
    type: str
    choices: [in_place, attach_new]
    default: in_place
  trusted_root_ca:
    description:
      - The CA certificate, as PEM, that clients of the domain must have theirs from (mutual TLS).
      - The service tells whether a certificate has a CA, not which. A CA that differs from the one there is not
        seen.
      - If the bound certificate has one, this option is needed to replace it, since the service may otherwise drop
        the CA.
    type: str
  verified_client_certificate_enabled:
    description:
      - Whether clients must show a certificate. Left as it is if this is not given; after O(trusted_root_ca) has
        been added for the first time that means off.
    type: bool
  wait:
    description:
      - Whether to read the domain again until it shows the change.
      - Before an old certificate is unbound, the new one is always waited for.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds that the domain may take to show the change. The task then fails with C(error.kind=protocol), since the
        gateway has accepted the change and does something else than it documents.
    type: float
    default: 15.0
  wait_interval:
    description:
      - Seconds between two looks.
    type: float
    default: 2.0
notes:
  - The gateway shows a change after 5 to 10 seconds. With O(wait=true) the module reads the domain again until it
    does. With O(wait=false) a further run within these seconds may see the old state and do the work again. TLS
    clients may get the old certificate for about as long.
  - Writes to one gateway are done one at a time by all tasks of a user on a machine. Use C(run_once) or C(throttle)
    where several machines write to the same gateway.
  - After an answer was lost the module looks whether the change was made, for up to 15 seconds, before it repeats
    anything.
  - The user needs the permissions C(apig:apiGroup:list), C(apig:apiGroup:get), C(apig:certificate:list),
    C(apig:certificate:get), C(apig:certificate:create), C(apig:certificate:update), C(apig:certificate:delete),
    C(apig:apiGroup:createAndBindCertificateToDomain), C(apig:apiGroup:batchBindCertificateToDomain) and
    C(apig:domains:bindCertificate).
seealso:
  - module: cncloud.certificates.huawei_apig_cert_info
    description: Lists the certificates of a gateway.
  - module: cncloud.certificates.tencent_free_cert
    description: Gets a certificate, free of charge, and writes the files that this module takes.
  - module: cncloud.certificates.served_cert_info
    description: Checks what the domain really serves.
  - name: AssociateCertificateV2
    description: The vendor's page of the operation that binds a certificate to a domain.
    link: https://support.huaweicloud.com/api-apig/AssociateCertificateV2.html
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: Serve the certificate on the domain
  cncloud.certificates.huawei_apig_domain_cert:
    region: cn-north-4
    instance_id: 93a1b2c3d4e5f60718293a4b5c6d7e8f
    group: shop
    domain: api.example.com
    certificate_path: /etc/pki/api.example.com/fullchain.pem
    private_key_path: /etc/pki/api.example.com/privkey.pem

- name: Make a new certificate object at each renewal, and require certificates of clients
  cncloud.certificates.huawei_apig_domain_cert:
    region: cn-north-4
    instance_id: 93a1b2c3d4e5f60718293a4b5c6d7e8f
    group_id: 5f1a2b3c4d5e6f708192a3b4c5d6e7f8
    domain: api.example.com
    certificate_path: /etc/pki/api.example.com/fullchain.pem
    private_key_path: /etc/pki/api.example.com/privkey.pem
    replace: attach_new
    trusted_root_ca: "{{ lookup('ansible.builtin.file', 'client-ca.pem') }}"
    verified_client_certificate_enabled: true

- name: Take the only certificate off the domain
  cncloud.certificates.huawei_apig_domain_cert:
    region: cn-north-4
    instance_id: 93a1b2c3d4e5f60718293a4b5c6d7e8f
    group: shop
    domain: old.example.com
    state: absent
"""

RETURN = r"""
certificate:
  description:
    - The certificate that the domain holds after the run. In check mode, values that only a real run would tell are
      null.
    - Null for O(state=absent).
  returned: success
  type: dict
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
      description: Always V(bound).
      type: str
      sample: bound
    domains:
      description: The DNS names of the certificate.
      type: list
      elements: str
      sample: [api.example.com]
    issuer:
      description: The issuer, as RFC 4514 writes it.
      type: str
      sample: CN=TrustAsia DV TLS RSA CA 2025,O=TrustAsia Technologies\, Inc.,C=CN
    serial_number:
      description: The serial number in hexadecimal.
      type: str
      sample: 4be89c0c4be80fa0d7d1a6a1aee09c2e
    fingerprint_sha256:
      description: The SHA-256 fingerprint of the certificate.
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
      description: Always V(huawei).
      type: str
      sample: huawei
    algorithm:
      description: The algorithm of the key, V(RSA) or V(ECC).
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
      description: The domain of this task. Other domains that hold a shared object are not read.
      type: list
      elements: dict
      sample:
        - instance_id: 93a1b2c3d4e5f60718293a4b5c6d7e8f
          group_id: 5f1a2b3c4d5e6f708192a3b4c5d6e7f8
          group: shop
          domain_id: 0f1e2d3c4b5a69788796a5b4c3d2e1f0
          domain: api.example.com
domain:
  description: The domain, or null for O(state=absent) where it does not exist.
  returned: success
  type: dict
  sample:
    id: 0f1e2d3c4b5a69788796a5b4c3d2e1f0
    name: api.example.com
    group_id: 5f1a2b3c4d5e6f708192a3b4c5d6e7f8
    group: shop
    instance_id: 93a1b2c3d4e5f60718293a4b5c6d7e8f
others:
  description: Certificates of other algorithms on the domain. They stay.
  returned: success
  type: list
  elements: dict
  sample:
    - id: c1d2e3f4a5b60718293a4b5c6d7e8f90
      name: api_example_com_ecc
      algorithm: ECC
      scope: instance
      has_trusted_root_ca: false
ignored:
  description: Certificate objects that were left alone although they are related to this task, and why.
  returned: success
  type: list
  elements: dict
  sample:
    - id: d2e3f4a5b60718293a4b5c6d7e8f90a1
      name: api_example_com_0b1c2d3e
      reason: It is bound to www.example.com.
actions:
  description: What was done, or in check mode what would be done, in order.
  returned: success
  type: list
  elements: str
  sample:
    - Replace the content of certificate 'api_example_com_3f2a9c11' (b0a1c2d3e4f5061728394a5b6c7d8e9f) on
      api.example.com in place.
reason:
  description: Why something was done, or why not.
  returned: success
  type: str
  sample: The certificate is bound to api.example.com already.
request_ids:
  description: The ids of all calls, in order. Support asks for them.
  returned: always
  type: list
  elements: str
  sample: [7b1c5d2e9f3a4b6c8d0e1f2a3b4c5d6e]
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
      sample: APIG.2051
    message:
      description: The service's own words, unless they repeat what was sent.
      type: str
      sample: A domain name cannot be bound with different certificates
    http_status:
      description: The HTTP status of the answer.
      type: int
      sample: 400
    request_id:
      description: The id of the call that failed.
      type: str
      sample: 7b1c5d2e9f3a4b6c8d0e1f2a3b4c5d6e
    retryable:
      description: Whether the same task may succeed later without a change.
      type: bool
      sample: false
    hint:
      description: What to do.
      type: str
      sample: Use replace=in_place.
"""

from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module
from ansible_collections.cncloud.certificates.plugins.module_utils._huawei.domain_cert import ENTRY


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
