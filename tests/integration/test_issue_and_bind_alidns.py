# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain whose zone is hosted by another cloud than the one that issues its certificate."""

from __future__ import annotations

from integration.role import entry, play_role
from integration.stage import Stage, fingerprint

DOMAIN = "api.aliyun.example.net"
PUBLISH = "cncloud.certificates.issue_and_bind : Publish each record that proves a domain, in AliDNS"


def test_proof_is_published_in_alidns_and_taken_away(stage: Stage) -> None:
    stage.add_domain(DOMAIN)
    entries = [entry(stage, DOMAIN, dns_provider="alidns", dns_zone="aliyun.example.net")]
    del entries[0]["fullchain_path"]
    predicted = play_role(stage, entries, "--check", "--diff")
    assert predicted.failures == []
    assert PUBLISH in predicted.changed_tasks
    assert predicted.writes() == []
    turn = play_role(stage, entries)
    assert turn.failures == []
    assert [name for name in turn.writes() if "Record" in name] == ["AddDomainRecord", "DeleteDomainRecord"]
    assert stage.served(DOMAIN) == fingerprint(stage.folder / f"{DOMAIN}.pem")
    # What is bound has its chain, asked for or not.
    assert (stage.folder / f"{DOMAIN}.fullchain.pem").read_text().count("BEGIN CERTIFICATE") > 1
    assert play_role(stage, entries).changed_tasks == []
