#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the certificate that a TLS client gets, and compare it with the expected one."""

from __future__ import annotations

DOCUMENTATION = r"""
module: served_cert_info
short_description: Read the certificate that a TLS server really serves
version_added: 0.1.0
description:
  - Shakes hands with a TLS server as a client does, by SNI, and returns the certificate that it serves.
  - With O(expect_fingerprint) it waits until that certificate is served, and fails if it is not. This is the last
    step of a renewal, since what a cloud's API reports and what its edge serves differ for some seconds, or for ever.
  - No cloud is called and no credentials are needed. Nothing is changed.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.info
  - cncloud.certificates._attributes.all
  - cncloud.certificates._http
  - cncloud.certificates._wait
  - cncloud.certificates._requirements
attributes:
  check_mode:
    details:
      - Looks once and does not wait, for nothing that this run would do has been done.
      - An O(expect_fingerprint) that is empty or V((known after apply\)) is not compared, and a host that cannot be
        reached is then a warning.
options:
  host:
    description:
      - The domain name whose certificate is asked for. It is sent as SNI and compared with the names in the
        certificate.
      - Internationalized names may be given in either form.
    type: str
    required: true
  port:
    description:
      - The TCP port.
    type: int
    default: 443
  connect_to:
    description:
      - Where to connect to in place of O(host), for example one gateway behind a name, or a new one before DNS leads
        to it.
      - A name, an address, or either with a port, such as V(203.0.113.7:8443) or V([2001:db8::7]:8443). A port here
        counts more than O(port).
    type: str
  expect_fingerprint:
    description:
      - The SHA-256 fingerprint of the certificate that is to be served, as 64 hexadecimal digits. Colons and upper case
        are tolerated.
      - Other modules return it as RV(cncloud.certificates.tencent_free_cert#module:certificate.fingerprint_sha256).
    type: str
  on_mismatch:
    description:
      - What to do if another certificate is served than O(expect_fingerprint), or one that is not trusted while
        O(validate_certs=true).
      - V(fail) fails with C(error.kind=timeout) after waiting, else with C(error.kind=invalid). Either way RV(served)
        is part of the failed result.
      - V(report) succeeds and says so in RV(served.matches).
      - A server that shows no certificate at all is a failure (C(error.kind=network), or C(timeout) after waiting) with
        both.
    type: str
    choices: [fail, report]
    default: fail
  key_algorithm:
    description:
      - Offers only this kind of key, so that a server which has a certificate of each kind serves this one.
      - The handshake is then limited to TLS 1.2. A server that speaks TLS 1.3 alone refuses it.
      - If this is not given, the server chooses.
    type: str
    choices: [rsa, ecc]
  wait:
    description:
      - Whether to wait until O(expect_fingerprint) is served. A server that cannot be reached is waited for as well.
      - Without O(expect_fingerprint) there is nothing to wait for.
  wait_timeout:
    description:
      - Seconds to wait at most. The task then fails with C(error.kind=timeout) and the certificate that was served
        last.
    default: 60.0
  wait_interval:
    default: 2.0
  timeout:
    description:
      - Seconds that a connection, and a handshake, may each take, up to 600.
      - Not to be confused with the task keyword C(timeout), which bounds the whole task.
  retries:
    description:
      - How often to try again, up to 20, if no certificate was seen. Not used while waiting, which tries again anyway.
      - Not to be confused with the task keyword C(retries), which repeats the whole task.
  validate_certs:
    description:
      - Whether a certificate that is not trusted, has expired or does not fit O(host) is a mismatch as well.
      - Off by default, unlike in the other modules, for what is served can be read either way and no secret is sent.
        RV(served.verified) always tells.
    default: false
  proxy:
    description:
      - The URL of an HTTP proxy that connects on the module's behalf (C(CONNECT)), for example
        V(http://proxy.example.com:3128). An empty string means none. It may hold a user name and a password, and so is
        never shown.
      - If this is not given, the environment of the task is asked (E(HTTPS_PROXY), E(ALL_PROXY) and E(NO_PROXY), in
        upper or lower case).
notes:
  - The certificate is read from a second handshake if a careful client would refuse the first.
seealso:
  - module: cncloud.certificates.tencent_free_cert
    description: Gets the certificate whose fingerprint is expected.
  - module: cncloud.certificates.huawei_apig_domain_cert
    description: Binds the certificate that is to be served.
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: Read what is served
  cncloud.certificates.served_cert_info:
    host: www.example.com
  register: result

- name: Say how long it will last
  ansible.builtin.debug:
    msg: "{{ result.served.issuer }} until {{ result.served.not_after }} ({{ result.served.days_left }} days)"

- name: Wait until a gateway serves the new certificate, whatever DNS says
  cncloud.certificates.served_cert_info:
    host: api.example.com
    connect_to: 203.0.113.7
    expect_fingerprint: "{{ issued.certificate.fingerprint_sha256 }}"
    key_algorithm: rsa

- name: List hosts whose certificate a browser would refuse
  cncloud.certificates.served_cert_info:
    host: "{{ item }}"
    validate_certs: true
    on_mismatch: report
  loop:
    - www.example.com
    - api.example.com
  register: looks
"""

RETURN = r"""
served:
  description:
    - The certificate that was served. Part of a failed result, too, if there was one.
    - Null in check mode if nothing is served yet and O(expect_fingerprint) is not known yet.
  returned: always, unless no certificate was seen
  type: dict
  contains:
    host:
      description: The name that was sent as SNI, in ASCII form.
      type: str
      sample: api.example.com
    port:
      description: The port that was connected to.
      type: int
      sample: 443
    connect_to:
      description: The name or address that was connected to.
      type: str
      sample: 203.0.113.7
    fingerprint_sha256:
      description: SHA-256 fingerprint of the certificate.
      type: str
      sample: 5f2c1e0b7a9d48c3b6e1f0a2d4c6e8fa0b1c2d3e4f5061728394a5b6c7d8e9f0
    chain_fingerprints_sha256:
      description:
        - SHA-256 fingerprints of all certificates that the server sent, the leaf first.
        - Null where the module runs with a Python before 3.13.
      type: list
      elements: str
      sample:
        - 5f2c1e0b7a9d48c3b6e1f0a2d4c6e8fa0b1c2d3e4f5061728394a5b6c7d8e9f0
        - 06d5f7b1c4a39281706f5e4d3c2b1a09f8e7d6c5b4a392817060504030201000
    serial_number:
      description: Serial number in hexadecimal digits.
      type: str
      sample: 4f2a7c9d01b35e68
    issuer:
      description: Distinguished name of the issuer, as of RFC 4514.
      type: str
      sample: CN=TrustAsia DV TLS RSA CA 2026,O=TrustAsia Technologies\, Inc.,C=CN
    domains:
      description: The DNS names that the certificate is for.
      type: list
      elements: str
      sample: [api.example.com]
    not_before:
      description: When the certificate becomes valid.
      type: str
      sample: '2026-11-02T00:00:00Z'
    not_after:
      description: When the certificate ends.
      type: str
      sample: '2027-01-30T23:59:59Z'
    days_left:
      description: Whole days until the end, negative once it has passed.
      type: int
      sample: 69
    key_algorithm:
      description: The kind of the public key, V(rsa), V(ecc) or V(other).
      type: str
      sample: rsa
    key_size:
      description: The size of the public key in bits.
      type: int
      sample: 2048
    tls_version:
      description: The version of TLS that was agreed on.
      type: str
      sample: TLSv1.3
    verified:
      description:
        - Whether a client that trusts the usual authorities, or those of O(ca_bundle), takes the certificate for
          O(host).
      type: bool
      sample: true
    verify_error:
      description: Why it does not, or null.
      type: str
      sample: certificate has expired
    matches:
      description:
        - Whether the certificate is the one of O(expect_fingerprint) and, with O(validate_certs=true), is trusted.
        - Null if neither was asked for.
      type: bool
      sample: true
actions:
  description: Always empty, for nothing is changed.
  returned: success
  type: list
  elements: str
  sample: []
request_ids:
  description: Always empty, for no cloud is called.
  returned: always
  type: list
  elements: str
  sample: []
error:
  description: What went wrong, for conditions in a play. The sentence for people is in C(msg).
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(network) if no certificate was seen, V(timeout) if the expected one was not served in time, V(invalid) if an
          option cannot be meant or what is served is not what was asked for, V(protocol) if it cannot be read, V(local)
          if a library is missing.
      type: str
      sample: timeout
    code:
      description: Null, for no cloud is called.
      type: str
      sample: null
    message:
      description: Null, for no cloud is called.
      type: str
      sample: null
    http_status:
      description: Null, for no cloud is called.
      type: int
      sample: null
    request_id:
      description: Null, for no cloud is called.
      type: str
      sample: null
    retryable:
      description: Whether the same task may succeed later.
      type: bool
      sample: true
    hint:
      description: What to look at, or null. It is part of C(msg), too.
      type: str
      sample: Check port and connect_to.
"""

from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module
from ansible_collections.cncloud.certificates.plugins.module_utils._served import ENTRY


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
