#!/usr/bin/python
#
# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep a client certificate of an SSL-VPN server of Alibaba Cloud."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aliyun_sslvpn_client_cert
short_description: Keep a client certificate of an SSL-VPN server of Alibaba Cloud, and its files
version_added: 0.2.0
description:
  - B(Any deletion cuts the connections of all clients of that SSL-VPN server), not only those of the certificate that
    is deleted. The others can connect again with their own certificates. Nothing is deleted unless O(state=absent) or
    O(delete_superseded=true) says so.
  - Makes sure that an SSL-VPN server has a valid client certificate of a name, and that its files are where they
    belong, above all the configuration of the OpenVPN client, complete in one file.
  - A certificate holds for three years and cannot be extended. A renewal creates a new one of the same name and writes
    its files. The old one stays, so that nobody is cut off who has not got the new file yet.
  - The service makes the private key and gives it as long as the certificate exists. It is fetched only to write a
    file that is missing or differs, and is in no result.
extends_documentation_fragment:
  - cncloud.certificates._attributes
  - cncloud.certificates._attributes.aliyun
  - cncloud.certificates._http
  - cncloud.certificates._aliyun
  - cncloud.certificates._wait
  - cncloud.certificates._renewal
  - cncloud.certificates._files
  - cncloud.certificates._requirements
attributes:
  check_mode:
    support: full
    details:
      - What only the cloud can tell is V((known after apply\)) in the diff and in the actions.
  diff_mode:
    support: full
    details:
      - Shows ids, states and fingerprints, never a private key.
  idempotent:
    support: partial
    details:
      - A run without a change is one call that lists certificates, and none that brings a key.
      - O(force=true) creates another certificate at each run.
options:
  ssl_vpn_server_id:
    description:
      - The id of the SSL-VPN server. Needed unless O(ssl_vpn_client_cert_id) is given.
      - A certificate cannot be moved to another server.
    type: str
  name:
    description:
      - The name of the certificate on that server, 1 to 128 characters that do not begin with V(http://) or
        V(https://). The service may refuse more.
      - The service allows several certificates of one name. The one that ends last is meant.
      - Together with O(ssl_vpn_client_cert_id) a certificate of another name is renamed.
      - At least one of O(name) and O(ssl_vpn_client_cert_id) is needed.
    type: str
  ssl_vpn_client_cert_id:
    description:
      - The id of a certificate that exists.
      - When it is due, the newest of its name is used in its place. One is created only if there is none that is not
        due, and then has an id of its own.
      - For O(state=present) an id that does not exist is an error. Nothing is created under an id.
    type: str
  state:
    description:
      - V(present) keeps a valid certificate.
      - V(absent) deletes it, which cuts the connections of all clients of the server. More than one of the name is an
        error that lists them. Give O(ssl_vpn_client_cert_id) then.
      - Files stay in any case.
    type: str
    choices: [present, absent]
    default: present
  delete_superseded:
    description:
      - Deletes older certificates of the same name that are due by O(renew_before) themselves, one after the other and
        after the new files are written. Each deletion cuts the connections of all clients of the server.
      - An older one that is not due is an error that lists it, since somebody may be using it. Delete it by its id.
      - Not together with O(ssl_vpn_client_cert_id), which may be the one that is superseded.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until a new certificate can be used, and after a deletion until the VPN gateway is at rest.
      - With V(false), a run that creates a certificate leaves files and deletions to the next run.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait at most, for a certificate, for a deletion, and for a VPN gateway that is busy with another
        change. The task then fails with C(error.kind=timeout). Nothing is undone, and the next run goes on.
    type: float
    default: 600.0
  wait_interval:
    description:
      - Seconds between two looks.
    type: float
    default: 5.0
  force:
    description:
      - Creates a new certificate although there is one that is not due. The older one stays.
      - Overwrites a private key that is not known to be an earlier one of this name.
      - Not in place of a given O(ssl_vpn_client_cert_id) that is not due.
    type: bool
    default: false
  config_path:
    description:
      - Where the configuration of the OpenVPN client (.ovpn) is written. Authority, certificate and private key are in
        it, and it refers to no other file. It has the permissions of O(private_key_mode).
      - Its first line is a comment with the id, by which a later run knows it without a call that brings the key.
    type: path
  certificate_path:
    description:
      - Where the certificate is written, as PEM, with the same comment line.
    type: path
  private_key_path:
    description:
      - Where the private key is written, as PEM without a passphrase.
      - Needs O(certificate_path) or O(config_path).
      - Another private key that is there, also in a configuration, is not overwritten, unless the comment line beside
        it names a certificate of this name or one that is gone, or O(force=true).
    type: path
  ca_path:
    description:
      - Where the certificate of the authority is written, as PEM.
      - Needs O(certificate_path) or O(config_path).
    type: path
notes:
  - A renewal has a new id. O(renew_before) is a share or a part of three years.
  - Changes of one VPN gateway are done one after the other by all tasks of a user on a machine, and a gateway that is
    busy with a change from elsewhere is waited for. Two machines that create the same certificate at the same time get
    one, since the request carries a token that follows from what exists.
  - What the server's settings make different in the configuration (port, protocol, cipher) is not looked at in later
    runs. Remove the file to have it written anew.
  - The key needs the RAM permissions C(vpc:DescribeSslVpnClientCerts), and for what is used of them
    C(vpc:DescribeSslVpnServers), C(vpc:DescribeVpnGateway), C(vpc:CreateSslVpnClientCert),
    C(vpc:DescribeSslVpnClientCert), C(vpc:ModifySslVpnClientCert) and C(vpc:DeleteSslVpnClientCert).
seealso:
  - module: cncloud.certificates.aliyun_sslvpn_client_cert_info
    description: Lists client certificates.
  - name: CreateSslVpnClientCert
    description: The vendor's page of the operation that creates a client certificate.
    link: https://api.aliyun.com/document/Vpc/2016-04-28/CreateSslVpnClientCert
author:
  - The cncloud.certificates contributors (@cncloud)
"""

EXAMPLES = r"""
- name: A configuration that can be handed to one person
  cncloud.certificates.aliyun_sslvpn_client_cert:
    region: cn-hangzhou
    ssl_vpn_server_id: vss-m5et0q3iy1qex328wcujx
    name: mobile-of-operations
    config_path: /srv/vpn/mobile-of-operations.ovpn

- name: The same with files of its own, renewed early
  cncloud.certificates.aliyun_sslvpn_client_cert:
    region: cn-hangzhou
    ssl_vpn_server_id: vss-m5et0q3iy1qex328wcujx
    name: branch-office
    certificate_path: /etc/openvpn/client/branch-office.crt
    private_key_path: /etc/openvpn/client/branch-office.key
    ca_path: /etc/openvpn/client/ca.crt
    renew_before: 60d

- name: End what the renewals have left, in a maintenance window, for all clients are cut off for a moment
  cncloud.certificates.aliyun_sslvpn_client_cert:
    region: cn-hangzhou
    ssl_vpn_server_id: vss-m5et0q3iy1qex328wcujx
    name: mobile-of-operations
    config_path: /srv/vpn/mobile-of-operations.ovpn
    delete_superseded: true

- name: Take one certificate away
  cncloud.certificates.aliyun_sslvpn_client_cert:
    region: cn-hangzhou
    ssl_vpn_client_cert_id: vsc-bp1n8wcf134yl0osrcg98
    state: absent
"""

RETURN = r"""
certificate:
  description:
    - The certificate that is current after the run. Null for O(state=absent).
    - Values that are not known, in check mode or because no file was asked for, are null.
  returned: success, and in a failed result where a wait has run out
  type: dict
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
      description: The issuer, as RFC 4514 writes it. From the file on disk.
      type: str
      sample: CN=VPN Gateway CA,O=Alibaba Cloud,C=CN
    serial_number:
      description: The serial number in hexadecimal. From the file on disk.
      type: str
      sample: 4be89c0c4be80fa0d7d1a6a1aee09c2e
    fingerprint_sha256:
      description: The SHA-256 fingerprint. From the file on disk.
      type: str
      sample: 3f2a9c11d0b5a4a1b0c6c2a6e0f4d7c89a1b2c3d4e5f60718293a4b5c6d7e8f9
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
superseded:
  description: Older certificates of the same name that are due themselves and still there.
  returned: success
  type: list
  elements: dict
  sample:
    - id: vsc-m5euof6s5jy8vs5kdz2r2
      name: mobile-of-operations
      status: expiring-soon
      not_after: '2026-11-25T08:00:00Z'
ignored:
  description: Other certificates of that name, which this module leaves alone.
  returned: success
  type: list
  elements: dict
  sample: []
files:
  description: The paths that were written or corrected, or would be.
  returned: success
  type: list
  elements: str
  sample: [/srv/vpn/mobile-of-operations.ovpn]
actions:
  description: What was done, or would be done in check mode, as sentences in order.
  returned: success, and in a failed result where something had been done
  type: list
  elements: str
  sample:
    - Create the client certificate mobile-of-operations of the server vss-m5et0q3iy1qex328wcujx
reason:
  description: Why something was done or not.
  returned: success
  type: str
  sample: There is no certificate of that name on the server.
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

from ansible_collections.cncloud.certificates.plugins.module_utils._aliyun.client_cert import ENTRY
from ansible_collections.cncloud.certificates.plugins.module_utils._entry import run_module


def main() -> None:
    run_module(ENTRY)


if __name__ == "__main__":
    main()
