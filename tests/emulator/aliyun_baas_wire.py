# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How product Baas writes its objects: the members are those of the vendor's SDK."""

from datetime import timedelta

from .aliyun_baas_estate import BaasEstate, Chain, Consortium, Member
from .aliyun_operation import AliyunError, milliseconds
from .world import Json


def success(refusal: AliyunError | None) -> Json:
    """The members that operations ending in V2 put beside Result."""
    code, message = (refusal.code, refusal.message) if refusal else ("OK", "OK")
    return {
        "Success": refusal is None,
        "HttpStatusCode": str(refusal.status) if refusal else "200",
        "Code": code,
        "Message": message,
        "ResultCode": code,
        "ResultMessage": message,
    }


def chain_shape(chain: Chain, *, member_status: str, admin: bool, second: bool) -> Json:
    shape: Json = {
        "AntChainId": chain.id,
        "AntChainName": chain.name,
        "ChainType": "STANDARD",
        "CipherSuit": "classic",
        "TlsAlgo": "RSA",
        "MerkleTreeSuit": "SHA256",
        "CreateTime": milliseconds(chain.created),
        "ExpireTime": milliseconds(chain.created + timedelta(days=365)),
        "IsAdmin": admin,
        "MemberStatus": member_status,
        "Network": chain.network,
        "NodeNum": 4,
        "RegionId": "cn-hangzhou",
        "ResourceSize": "STANDARD",
        "Version": "0.10.2.10.4",
    }
    if second:
        shape |= {"InstanceId": f"instance-{chain.id}", "MonitorStatus": True, "RestStatus": "Closed"}
    return shape


def consortium_shape(estate: BaasEstate, consortium: Consortium, account: str) -> Json:
    return {
        "ConsortiumId": consortium.id,
        "ConsortiumName": consortium.name,
        "ConsortiumDescription": consortium.description,
        "ChainNum": sum(chain.consortium == consortium.id for chain in estate.chains.values()),
        "MemberNum": len(consortium.members),
        "Role": "SuperAdmin" if consortium.account == account else "Member",
        "Status": consortium.status,
        "CreateTime": milliseconds(consortium.created),
    }


def member_shape(member: Member) -> Json:
    return {
        "MemberId": member.id,
        "MemberName": member.name,
        "Role": member.role,
        "Status": member.status,
        "JoinTime": milliseconds(member.joined),
    }
