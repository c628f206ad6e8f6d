#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep the caller's certificate of a chain of AntChain BaaS."""

from __future__ import annotations

DOCUMENTATION = r"""
module: antchain_cert
short_description: Keep the certificate with which a client connects to a chain of AntChain BaaS
version_added: 0.2.0
description:
  - Makes sure that a certificate of a chain is applied for, that its private key is here, and that the files of the
    vendor's Java SDK are where they belong.
  - The service keeps one certificate per account and chain, and gives none a second time without a reset. A reset
    discards the certificate, and B(whatever uses it is cut off). It is done with O(on_key_loss=reset) alone.
  - With O(method=csr) the private key never leaves the host. This is the better way for automation.
  - With O(method=managed_key) the service makes the key and shows it B(once), in the answer to the application. That
    answer is written to a file beside O(private_key_path) as its bytes come, before anything is made of them, and the
    file is removed only after the key is in its place and was read back. A run that was killed in between is finished
    by the next one. A key whose answer came is not lost.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.aliyun
  - cncloud.certificates._http
  - cncloud.certificates._aliyun
  - cncloud.certificates._wait
  - cncloud.certificates._files
  - cncloud.certificates._requirements
attributes:
  check_mode:
    support: full
    details:
      - What only the cloud can tell is V((known after apply\)) in the diff and in the actions.
      - Where client.crt is not on disk it is downloaded to see whether the key fits it.
  diff_mode:
    support: full
    details:
      - Shows states and fingerprints, never a private key, a password or an address of a download.
  idempotent:
    support: full
    details:
      - With O(certificate_path), a run without a change is one call that lists chains. Without it, client.crt is
        downloaded each time to be compared with the key.
options:
  consortium_id:
    description:
      - The id of the consortium that the chain belongs to.
    type: str
    required: true
  ant_chain_id:
    description:
      - The id of the chain.
    type: str
    required: true
  username:
    description:
      - The user name that the service has for the account, such as V(uid-1234567890123456).
      - If it is given, and the chain does not show that something was applied for, the applications of this user are
        looked at. Those of other members never count.
    type: str
  state:
    description:
      - V(present) keeps a certificate whose key is here.
      - V(absent) resets what is applied for, which needs O(on_key_loss=reset). Files stay.
    type: str
    choices: [present, absent]
    default: present
  method:
    description:
      - V(csr) applies with a signing request, which is O(csr_path), O(csr_content), or made of O(private_key_path).
      - V(managed_key) has the service make the key, and needs O(private_key_path), O(password) and all of
        O(subject).
      - What is applied for already does not change with it.
    type: str
    choices: [csr, managed_key]
    default: csr
  csr_path:
    description:
      - A file with the signing request, as PEM. Its signature is checked, and the certificate must be of its key.
    type: path
  csr_content:
    description:
      - The signing request itself, as PEM.
    type: str
  subject:
    description:
      - Whose certificate it is. O(method=managed_key) needs all parts. A signing request that is made here needs
        O(subject.common_name).
      - It acts when the application is made. A certificate that exists is not changed.
    type: dict
    suboptions:
      common_name:
        description: The common name (CN), 64 characters at most.
        type: str
      country:
        description: The country (C), two capital letters. The vendor's Chinese page calls this field a city.
        type: str
      state_or_province:
        description: The state or province (ST).
        type: str
      locality:
        description: The city (L).
        type: str
      organization:
        description: The organization (O).
        type: str
      organizational_unit:
        description: The organizational unit (OU).
        type: str
  password:
    description:
      - The password of the private key. The Java SDK needs the same.
      - O(method=managed_key) needs one. A key that is made here is encrypted with it, and left without one if it is
        not given.
      - A wrong password is an error, and never a reason to apply again. It does not change that of a key that exists.
    type: str
  on_key_loss:
    description:
      - What to do when a certificate is applied for and its private key is lost. That is, the folder of
        O(private_key_path) is there and the file is not, or the key is readable and not that of client.crt, or the
        signing request is of another key.
      - V(fail) stops with C(error.kind=conflict).
      - V(reset) resets the certificate and applies again. Whatever uses the former one is cut off, and a warning and
        the actions say so.
      - A password that does not fit, a file that cannot be read and a folder that is missing (not mounted) are errors
        in any case.
    type: str
    choices: [fail, reset]
    default: fail
  allow_plain_download:
    description:
      - Whether files may be downloaded by plain http from another host than the service's own, where https does not
        work. https is tried first in any case, and client.crt has to be of the key.
    type: bool
    default: false
  private_key_path:
    description:
      - Where the private key is, for the Java SDK C(client.key).
      - With O(method=managed_key) the key of the service is written there. The folder is proven writable before the
        call, with two files whose names begin with a dot and end with C(.cncloud-asked) and C(.cncloud-answer).
      - With O(method=csr) and without a signing request the key that is there is used, and one is made (RSA, 2048
        bits, PKCS#8) if there is none.
      - A private key that is there is never overwritten.
    type: path
  certificate_path:
    description:
      - Where the certificate is written as PEM, for the Java SDK C(client.crt). Its first line is a comment with the
        ids of consortium and chain.
    type: path
  ca_path:
    description:
      - Where the certificate of the authority is written as PEM, for the Java SDK C(ca.crt).
      - A file that holds certificates is not looked at again. Remove it to have it written anew.
    type: path
  trust_ca_path:
    description:
      - Where the Java trust store is written, for the Java SDK C(trustCa). Its password is V(mychain), as the vendor's
        quick start says.
      - A file that is a trust store is not looked at again.
    type: path
  wait:
    description:
      - Whether to wait until the certificate can be downloaded. An administrator may have to approve the application.
      - With V(false), a run that applies leaves the files, a new private key excepted, to a later run.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait at most. The task then fails with C(error.kind=timeout) and RV(certificate) with
        V(pending). The application stays, and the next run goes on waiting.
    type: float
    default: 600.0
  wait_interval:
    description:
      - Seconds between two looks.
    type: float
    default: 10.0
notes:
  - A container's own disk vanishes with it, and a key that was shown once with it. Where the module runs in a
    container and the folder of O(private_key_path) is not on a mount, a warning says so before the call.
  - If the answer to an application with O(method=managed_key) never came, the next run says so. That key was never
    used, and O(on_key_loss=reset) is the way out.
  - The key that is made here is encrypted as PKCS#8 with PBES2, which Java reads from version 11.0.12 on, and 8 from
    update 301 on.
  - The service does not renew a certificate by itself. One that has ended is looked for anew at each run, and a warning
    says that there is no newer one.
  - Error codes of this service are not documented. They are passed on word for word.
  - The key needs the RAM permissions C(baas:DescribeAntChains), C(baas:DescribeAntChainDownloadPaths), and for what is
    used of them those of the same names as the operations that the actions tell of.
seealso:
  - module: cncloud.certificates.antchain_cert_info
    description: Lists what is applied for in a consortium.
  - name: ApplyAntChainCertificateWithKeyAutoCreation
    description: The vendor's page of the operation that makes a key.
    link: https://api.aliyun.com/document/Baas/2018-12-21/ApplyAntChainCertificateWithKeyAutoCreation
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: An identity whose key is made here, laid out for the Java SDK
  cncloud.certificates.antchain_cert:
    region: cn-hangzhou
    consortium_id: DV80nJXq
    ant_chain_id: 1q8B5R9p
    subject:
      common_name: settlement
      organization: Example
      country: CN
    password: "{{ antchain_key_password }}"
    private_key_path: /etc/antchain/client.key
    certificate_path: /etc/antchain/client.crt
    ca_path: /etc/antchain/ca.crt
    trust_ca_path: /etc/antchain/trustCa

- name: The same with a signing request from elsewhere, its key in a security module for example
  cncloud.certificates.antchain_cert:
    region: cn-hangzhou
    consortium_id: DV80nJXq
    ant_chain_id: 1q8B5R9p
    csr_path: /etc/antchain/client.csr
    certificate_path: /etc/antchain/client.crt
    ca_path: /etc/antchain/ca.crt

- name: A key that the service makes and shows once
  cncloud.certificates.antchain_cert:
    region: cn-hangzhou
    consortium_id: DV80nJXq
    ant_chain_id: 1q8B5R9p
    method: managed_key
    subject:
      common_name: settlement
      organization: Example
      organizational_unit: Operations
      locality: Hangzhou
      state_or_province: Zhejiang
      country: CN
    password: "{{ antchain_key_password }}"
    private_key_path: /etc/antchain/client.key
    certificate_path: /etc/antchain/client.crt

- name: Take the certificate away, which cuts off whatever uses it
  cncloud.certificates.antchain_cert:
    region: cn-hangzhou
    consortium_id: DV80nJXq
    ant_chain_id: 1q8B5R9p
    state: absent
    on_key_loss: reset
"""

RETURN = r"""
certificate:
  description:
    - The certificate after the run. Null for O(state=absent).
    - Values that are not known yet are null.
  returned: success, and in a failed result where a wait has run out
  type: dict
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
      description: The issuer, as RFC 4514 writes it. From client.crt, null while it was not read.
      type: str
      sample: CN=AntChain CA,O=AntChain,C=CN
    serial_number:
      description: The serial number in hexadecimal. From client.crt, null while it was not read.
      type: str
      sample: 4be89c0c4be80fa0d7d1a6a1aee09c2e
    fingerprint_sha256:
      description: The SHA-256 fingerprint. From client.crt, null while it was not read.
      type: str
      sample: 3f2a9c11d0b5a4a1b0c6c2a6e0f4d7c89a1b2c3d4e5f60718293a4b5c6d7e8f9
    not_before:
      description: The begin of the validity. From client.crt, null while it was not read.
      type: str
      sample: '2026-11-22T08:00:00Z'
    not_after:
      description: The end of the validity. From client.crt, null while it was not read.
      type: str
      sample: '2036-11-19T08:00:00Z'
    days_left:
      description: Whole days until the end. From client.crt, null while it was not read.
      type: int
      sample: 3649
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
      description: O(method).
      type: str
      sample: csr
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
files:
  description: The paths that were written or corrected, or would be.
  returned: success
  type: list
  elements: str
  sample: [/etc/antchain/client.crt, /etc/antchain/client.key]
answer_path:
  description:
    - The file that holds the service's answer with a private key, where a run could not put the key in its place. The
      next run does.
  returned: failure, where there is such a file
  type: str
  sample: /etc/antchain/.client.key.cncloud-answer
actions:
  description: What was done, or would be done in check mode, as sentences in order.
  returned: success, and in a failed result where something had been done
  type: list
  elements: str
  sample:
    - Apply for the certificate of the chain 1q8B5R9p with a signing request
reason:
  description: Why something was done or not.
  returned: success
  type: str
  sample: No certificate is applied for.
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
      sample: Restore the key from a backup, or set on_key_loss.
"""

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.antchain_cert import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
