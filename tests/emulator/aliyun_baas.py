# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AntChain of product Baas, version 2018-12-21: certificates of a chain for its members.

All parameters stand in the form body. Operations ending in V2 tell of their failures in an answer with status 200.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from .aliyun_baas_control import BaasControl
from .aliyun_baas_estate import FAILED, NORMAL, PENDING, Application, BaasEstate, BaasSettings, Chain, Consortium
from .aliyun_baas_material import SUBJECT_PARAMETERS, checked_public_key, checked_request, encrypted, subject_of
from .aliyun_baas_wire import chain_shape, consortium_shape, member_shape, success
from .aliyun_operation import Action, AliyunError, Caller, Service, milliseconds, page
from .ca import RSA
from .world import Json, Request, Response, World

_MAX_PAGE = 100
_SUCCESS = "success"
Run = Callable[[Caller, Json], Any]


class BaasPart:
    """One consortium with one chain from the start."""

    name = "antchain"

    def __init__(self, world: World, account: str) -> None:
        self.world = world
        self.estate = BaasEstate(world)
        self._control = BaasControl(self.estate, account)
        self._control.seed()
        self.service = Service("baas", "baas", "2018-12-21", self._actions())

    @property
    def settings(self) -> BaasSettings:
        return self.estate.settings

    @property
    def kinds(self) -> tuple[str, ...]:
        return self._control.kinds

    def state(self) -> Json:
        return self._control.state()

    def add(self, kind: str, body: Json) -> Json:
        return self._control.add(kind, body)

    def control(self, method: str, parts: list[str], query: dict[str, str], body: Json) -> Response | None:
        return self._control.control(method, parts, query, body)

    def serves(self, request: Request) -> str:
        return self.estate.serves(request)

    def serve(self, request: Request) -> Response:
        return self.estate.download(request)

    def _actions(self) -> dict[str, Action]:
        chain, place = {"AntChainId": "str!"}, {"AntChainId": "str!", "ConsortiumId": "str"}
        pages = {"PageNumber": "int!", "PageSize": "int!"}
        loose = {"PageNumber": "int", "PageSize": "int"}
        key = {**chain, "ConsortiumId": "str!", "Password": "str!", **dict.fromkeys(SUBJECT_PARAMETERS, "str!")}
        applications = {"Status": "str!", **pages}
        return {
            "ApplyAntChainCertificateWithKeyAutoCreation": self._one(self.apply_with_key, key, write=True, bears=True),
            "ApplyAntChainCertificate": self._one(self.apply, {**chain, "UploadReq": "str!"}, write=True),
            "ResetAntChainCertificate": self._one(self.reset, chain, write=True),
            "ResetAntChainUserCertificate": self._one(self.reset_user, {**chain, "Username": "str!"}, write=True),
            "DescribeAntChainCertificateApplications": self._one(self.applications, {**chain, **applications}),
            "DescribeAntChainCertificateApplicationsV2": self._two(self.applications, {**place, **applications}),
            "DescribeAntChainDownloadPaths": self._one(self.download_paths, chain),
            "DescribeAntChainDownloadPathsV2": self._two(self.download_paths, place),
            "DescribeAntChains": self._one(self.chains, {"ConsortiumId": "str!", **pages}),
            "DescribeAntChainsV2": self._two(self.chains_v2, {"ConsortiumId": "str", **pages}),
            "DescribeAntChainConsortiums": self._one(self.consortiums, loose),
            "DescribeAntChainConsortiumsV2": self._two(self.consortiums, loose),
            "DescribeAntChainMembers": self._one(self.members, {"ConsortiumId": "str!", **loose}),
            "DescribeAntChainMembersV2": self._two(self.members, {"ConsortiumId": "str!", **loose}),
        }

    def _one(self, run: Run, parameters: dict[str, str], *, write: bool = False, bears: bool = False) -> Action:
        """An operation of the first edition."""

        def wrapped(caller: Caller, given: Json) -> Json:
            return {"Result": run(caller, given)}

        return Action(wrapped, parameters, write, bears, position="form", shape=self._shape)

    def _two(self, run: Run, parameters: dict[str, str]) -> Action:
        """An operation of the second edition."""

        def wrapped(caller: Caller, given: Json) -> Json:
            try:
                result = run(caller, given)
            except AliyunError as refusal:
                if self.settings.v2_failures == "enveloped":
                    body = success(refusal)
                    raise AliyunError(refusal.code, refusal.message, status=200, body=body) from None
                raise
            return {"Result": result, **success(None)}

        return Action(wrapped, parameters, position="form")

    def _shape(self, request_id: str, result: Json) -> Json:
        """Flat as in the table and the SDK, or in what the console's proxy puts around it, as in the samples."""
        body = {"RequestId": request_id, **result}
        if self.settings.envelope == "flat":
            return body
        return {"successResponse": True, "requestId": request_id, "code": "200", "data": body}

    # Writes

    def apply_with_key(self, caller: Caller, given: Json) -> Json:
        chain = self._chain(caller, given)
        self._refuse_second(chain, caller)
        try:
            subject = subject_of({name: given[name] for name in SUBJECT_PARAMETERS})
        except ValueError as error:
            raise AliyunError("InvalidParameter", f"The subject is not valid: {error}") from None
        key = self.world.ca.new_key(RSA)
        approved = not self.estate.needs_approval(chain)
        self.estate.apply(chain, caller.account, subject, key.public_key(), approved=approved)
        text = encrypted(key, given["Password"])
        text = text.replace("\n", "\\n") if self.settings.literal_newlines else text
        return {"PrivateKey": text, "DownloadPath": self.estate.urls(chain, caller.account, caller.host)}

    def apply(self, caller: Caller, given: Json) -> str:
        chain = self._chain(caller, given)
        self._refuse_second(chain, caller)
        try:
            request = checked_request(base64.b64decode(given["UploadReq"], validate=True))
        except (ValueError, binascii.Error):
            raise AliyunError("InvalidParameter", "UploadReq is no certificate request in PEM and base64.") from None
        approved = not self.estate.needs_approval(chain)
        public_key = checked_public_key(request.public_key())
        self.estate.apply(chain, caller.account, request.subject, public_key, approved=approved)
        return _SUCCESS

    def reset(self, caller: Caller, given: Json) -> str:
        return self._reset(self._chain(caller, given), caller.account)

    def reset_user(self, caller: Caller, given: Json) -> str:
        """For the administrator of the chain alone."""
        chain = self._chain(caller, given)
        if self.estate.consortiums[chain.consortium].account != caller.account:
            raise AliyunError("NoPermission", "Only an administrator of the chain may do that.", status=403)
        return self._reset(chain, str(given["Username"]).removeprefix("uid-"))

    def _reset(self, chain: Chain, account: str) -> str:
        own = self.estate.own(chain, account)
        if own is not None:
            del self.estate.applications[own.bid]
        elif self.settings.reset_absent == "refuse":
            raise AliyunError("AntChainCertificate.NotFound", "There is no certificate to reset.", status=404)
        return _SUCCESS

    # Reads

    def applications(self, caller: Caller, given: Json) -> Json:
        chain = self._chain(caller, given)
        if given["Status"] not in (PENDING, NORMAL, FAILED):
            raise AliyunError("InvalidParameter", "The specified Status is not valid.")
        found = [
            one
            for one in self.estate.of(chain)
            if one.status == given["Status"] and self.world.passed(one.created, self.settings.list_lag)
        ]
        rows, pagination = self._page(found[::-1], given)
        return {"CertificateApplications": [_application(one) for one in rows], "Pagination": pagination}

    def download_paths(self, caller: Caller, given: Json) -> Json:
        return dict(self.estate.urls(self._chain(caller, given), caller.account, caller.host))

    def chains(self, caller: Caller, given: Json) -> Json:
        return self._chains(caller, given, second=False)

    def chains_v2(self, caller: Caller, given: Json) -> Json:
        return self._chains(caller, given, second=True)

    def consortiums(self, caller: Caller, given: Json) -> Json:
        if not given:
            raise AliyunError("MissingPageNumber", "PageNumber or PageSize is mandatory for this action.")
        rows, pagination = self._page(self._consortiums(caller), given)
        shown = [consortium_shape(self.estate, one, caller.account) for one in rows]
        return {"AntConsortiums": shown, "Pagination": pagination}

    def members(self, caller: Caller, given: Json) -> Json:
        consortium = self._consortium(caller, given["ConsortiumId"])
        rows, pagination = self._page(consortium.members, given)
        return {"Members": [member_shape(one) for one in rows], "Pagination": pagination}

    # What a caller sees

    def _consortiums(self, caller: Caller) -> list[Consortium]:
        return [
            one
            for one in self.estate.consortiums.values()
            if caller.account in (one.account, *(member.id for member in one.members))
        ]

    def _consortium(self, caller: Caller, identity: str) -> Consortium:
        for one in self._consortiums(caller):
            if one.id == identity:
                return one
        raise AliyunError(self.settings.absent_code, "The specified consortium does not exist.", status=404)

    def _chains(self, caller: Caller, given: Json, *, second: bool) -> Json:
        wanted = given.get("ConsortiumId")
        consortiums = [self._consortium(caller, wanted)] if wanted else self._consortiums(caller)
        owners = {one.id: one for one in consortiums}
        found = [one for one in self.estate.chains.values() if one.consortium in owners]
        rows, pagination = self._page(found, given)
        shown = [
            chain_shape(
                chain,
                member_status=self.estate.member_status(chain, caller.account),
                admin=owners[chain.consortium].account == caller.account,
                second=second,
            )
            for chain in rows
        ]
        return {"AntChains": shown, "IsExist": bool(found), "Pagination": pagination}

    def _chain(self, caller: Caller, given: Json) -> Chain:
        chain = self.estate.chains.get(given["AntChainId"])
        mine = [one.id for one in self._consortiums(caller)]
        if chain is None or chain.consortium not in mine or given.get("ConsortiumId", chain.consortium) not in mine:
            raise AliyunError(self.settings.absent_code, "The specified chain does not exist.", status=404)
        if given.get("ConsortiumId", chain.consortium) != chain.consortium:
            raise AliyunError(self.settings.absent_code, "The specified chain is not of that consortium.", status=404)
        return chain

    def _refuse_second(self, chain: Chain, caller: Caller) -> None:
        if self.estate.own(chain, caller.account) is not None:
            code = self.settings.second_apply_code
            raise AliyunError(code, "A certificate of this chain has been applied for already.")

    def _page(self, rows: list[Any], given: Json) -> tuple[list[Any], Json]:
        part, about = page(rows, given, default=10, largest=_MAX_PAGE)
        about["TotalCount"] += self.settings.count_offset
        return part, about


def _application(one: Application) -> Json:
    """The members have these spellings."""
    return {
        "AntChainId": one.chain,
        "Bid": one.bid,
        "Createtime": milliseconds(one.created),
        "Updatetime": milliseconds(one.updated),
        "Status": one.status,
        "Username": one.username,
    }
