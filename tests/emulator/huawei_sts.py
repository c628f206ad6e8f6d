# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS of Huawei Cloud, v5, and what hands out keys without a signature: an instance's metadata, a pod's agent.

https://support.huaweicloud.com/api-iam5/AssumeAgency.html
"""

import re
from collections.abc import Callable

from .huawei_errors import Refused
from .huawei_iam import Agency, Identity, json_of, moment
from .huawei_routing import Route
from .temporary_keys import InstanceMetadata
from .world import Credential, Json, Request, Response

PROVIDER = "emulator-oidc"
ROUTES = (
    Route("sts", "AssumeAgency", "POST", "/v5/agencies/assume"),
    Route("sts", "AssumeAgencyWithOIDC", "POST", "/v5/agencies/assume-with-oidc"),
    Route("sts", "GetCallerIdentity", "GET", "/v5/caller-identity"),
    Route("sts", "(metadata token)", "PUT", "/meta-data/latest/api/token"),
    Route("sts", "(metadata key)", "GET", "/openstack/latest/securitykey"),
    Route("sts", "(local credentials)", "GET", "/local-credentials/huawei"),
    Route("sts", "(local credentials)", "POST", "/local-credentials/huawei"),
)
_URN = re.compile(r"iam::(?P<domain>[0-9a-f]{32}):agency:(?P<name>[^:]+)")
_SESSION = re.compile(r"[A-Za-z0-9=,.@_-]{2,64}")
_SHORTEST, _USUAL, _LONGEST = 900, 3600, 43200
_POD_LIFE = 21600


class SecurityTokens:
    """Everything that ends in a temporary key, but for what IAM itself does."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self.keys = identity.keys
        self.metadata = InstanceMetadata(self.keys, next(iter(identity.domains)))
        self._operations: dict[str, Callable[[Request], Response]] = {
            "AssumeAgency": self._assume,
            "AssumeAgencyWithOIDC": self._assume_with_token,
            "GetCallerIdentity": self._caller,
            "(metadata token)": self._metadata_token,
            "(metadata key)": self._metadata_key,
            "(local credentials)": self._pod_key,
        }

    def perform(self, operation: str, request: Request) -> Response:
        """Raises ``Refused``."""
        return self._operations[operation](request)

    def _assume(self, request: Request) -> Response:
        self._identity.authenticate(request)
        body = json_of(request)
        agency = self._agency(body)
        if agency.external_id is not None and body.get("external_id") != agency.external_id:
            raise _refused(403, "STS5.0008", "The caller is not allowed to assume this agency.")
        return self._assumed(agency, body)

    def _assume_with_token(self, request: Request) -> Response:
        """Nobody signs it: the token says who asks."""
        body = json_of(request)
        agency = self._agency(body)
        provider = f"iam::{agency.domain_id}:oidcProvider:{PROVIDER}"
        if body.get("provider_urn") != provider or body.get("id_token") not in self.keys.settings.oidc_tokens:
            raise _refused(401, "STS5.0012", "The OIDC token is invalid or has expired.")
        return self._assumed(agency, body)

    def _caller(self, request: Request) -> Response:
        caller = self._identity.authenticate(request)
        urn = f"iam::{caller.domain_id}:user:emulator-user"
        return Response(200, {"account_id": caller.domain_id, "principal_urn": urn, "principal_id": "emulator-user"})

    def _agency(self, body: Json) -> Agency:
        found = _URN.fullmatch(str(body.get("agency_urn", "")))
        session = body.get("agency_session_name")
        if found is None or not isinstance(session, str) or not _SESSION.fullmatch(session):
            raise _refused(400, "STS5.0001", "Invalid agency_urn or agency_session_name.")
        for agency in self._identity.agencies:
            if (agency.name, agency.domain_id) == (found["name"], found["domain"]):
                return agency
        raise _refused(404, "STS5.0004", "The agency does not exist.")

    def _assumed(self, agency: Agency, body: Json) -> Response:
        duration = body.get("duration_seconds", _USUAL)
        if isinstance(duration, bool) or not isinstance(duration, int) or not _SHORTEST <= duration <= _LONGEST:
            raise _refused(400, "STS5.0001", "Invalid duration_seconds.")
        credential = self.keys.issue(agency.domain_id, duration, agency=agency.name)
        name = body["agency_session_name"]
        urn = f"sts::{agency.domain_id}:assumed-agency:{agency.name}/{name}"
        shown = {
            "access_key_id": credential.key_id,
            "secret_access_key": credential.secret,
            "security_token": credential.token,
            "expiration": moment(self.keys.expires(credential)),
        }
        return Response(200, {"assumed_agency": {"urn": urn, "id": f"emulator:{name}"}, "credentials": shown})

    def _metadata_token(self, request: Request) -> Response:
        return self.metadata.token(request.headers.get("X-Metadata-Token-Ttl-Seconds"))

    def _metadata_key(self, request: Request) -> Response:
        """401 also tells that the instance has no agency."""
        if not self.metadata.admits(request.headers.get("X-Metadata-Token")) or not self.keys.settings.instance_role:
            return Response(401, b"401 Unauthorized\n")
        return Response(200, {"credential": self._shown(self.metadata.credential())})

    def _pod_key(self, request: Request) -> Response:
        if request.headers.get("Authorization") != self.keys.settings.pod_token:
            return Response(401, {"error_msg": "the token of the pod is wrong"})
        credential = self.keys.issue(self.metadata.account, _POD_LIFE, pod=True)
        return Response(200, {"credential": self._shown(credential)})

    def _shown(self, credential: Credential) -> Json:
        return {
            "access": credential.key_id,
            "secret": credential.secret,
            "securitytoken": credential.token,
            "expires_at": moment(self.keys.expires(credential)),
        }


def _refused(status: int, code: str, text: str) -> Refused:
    return Refused(code, text, status=status)
