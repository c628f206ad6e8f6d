# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Huawei Cloud IAM: tokens, projects, account names and temporary keys, as far as an API Gateway client needs them.

https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .huawei_errors import Refused, iam_refused, refused
from .huawei_routing import Route, query_of
from .huawei_signature import SignatureVerifier, unauthenticated
from .log import redact
from .temporary_keys import TemporaryKeys
from .world import Credential, Json, Request, Response, World

DEFAULT_REGION = "cn-north-4"
DEFAULT_PROJECT_ID = "0123456789abcdef0123456789abcdef"
DEFAULT_DOMAIN_ID = "d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0"
DEFAULT_DOMAIN_NAME = "emulator-account"
DEFAULT_USER_NAME = "emulator-user"
DEFAULT_PASSWORD = "emulator-huawei-password"
DEFAULT_AGENCY = "emulator-agency"
DEFAULT_ACCESS_KEY = "EMULATORHUAWEIAK0001"
DEFAULT_SECRET_KEY = "emulator-huawei-secret-key"

TOKEN_LIFE = timedelta(hours=24)
MIN_DURATION, MAX_DURATION, DEFAULT_DURATION = 900, 86400, 900
PROVIDER = "emulator-oidc"
KEY = "CreateTemporaryAccessKey"
"""Two operations of one path: what the body says tells which."""

ROUTES = (
    Route("iam", "KeystoneCreateUserTokenByPassword", "POST", "/v3/auth/tokens"),
    Route("iam", "KeystoneListProjects", "GET", "/v3/projects"),
    Route("iam", "KeystoneListAuthProjects", "GET", "/v3/auth/projects"),
    Route("iam", "KeystoneListAuthDomains", "GET", "/v3/auth/domains"),
    Route("iam", "CreateTokenWithIdToken", "POST", "/v3.0/OS-AUTH/id-token/tokens"),
    Route("iam", KEY, "POST", "/v3.0/OS-CREDENTIAL/securitytokens"),
)


@dataclass(frozen=True)
class Project:
    id: str
    name: str
    domain_id: str
    enabled: bool = True
    parent_id: str = ""


@dataclass(frozen=True)
class User:
    name: str
    password: str = field(repr=False)
    id: str
    domain_id: str


@dataclass(frozen=True)
class Agency:
    name: str
    domain_id: str
    external_id: str | None = None


@dataclass(frozen=True)
class Token:
    """A token of a user; ``project_id`` is None when it is scoped to the account."""

    user: User
    project_id: str | None
    expires: datetime


@dataclass(frozen=True)
class Caller:
    """Who asks: by key or by token. ``project_id`` is what the request or the token says."""

    domain_id: str
    project_id: str | None
    by_token: bool


class Identity:
    """The identity service's state and operations, and the authentication of every Huawei Cloud request."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.signatures = SignatureVerifier(world)
        self.domains = {DEFAULT_DOMAIN_ID: DEFAULT_DOMAIN_NAME}
        self.projects = {
            DEFAULT_PROJECT_ID: Project(DEFAULT_PROJECT_ID, DEFAULT_REGION, DEFAULT_DOMAIN_ID, True, DEFAULT_DOMAIN_ID)
        }
        self.users = [User(DEFAULT_USER_NAME, DEFAULT_PASSWORD, secrets.token_hex(16), DEFAULT_DOMAIN_ID)]
        self.agencies = [Agency(DEFAULT_AGENCY, DEFAULT_DOMAIN_ID)]
        self.project_filter = "exact"
        self.keys = TemporaryKeys(world, "huawei", "HST", world.now)
        self._tokens: dict[str, Token] = {}
        if world.accounts.find("huawei", DEFAULT_ACCESS_KEY) is None:
            details = {"project_id": DEFAULT_PROJECT_ID, "region": DEFAULT_REGION}
            world.accounts.add(
                Credential("huawei", DEFAULT_ACCESS_KEY, DEFAULT_SECRET_KEY, DEFAULT_DOMAIN_ID, details=details)
            )

    def authenticate(self, request: Request) -> Caller:
        """Raises ``Refused`` unless the request carries a good token or a good signature."""
        value = request.headers.get("X-Auth-Token")
        if value is not None:
            token = self.token(value)
            return Caller(token.user.domain_id, token.project_id, by_token=True)
        if "Authorization" not in request.headers:
            raise unauthenticated("x-auth-token not found")
        credential = self.signatures.verify(request)
        return Caller(credential.account, request.headers.get("X-Project-Id"), by_token=False)

    def token(self, value: str) -> Token:
        token = self._tokens.get(value)
        if token is None:
            raise unauthenticated("decrypt token fail")
        if token.expires <= self._world.now():
            raise refused("APIG.1001")
        return token

    def expire_tokens(self) -> int:
        """Makes every token expired; says how many."""
        for value, token in self._tokens.items():
            self._tokens[value] = Token(token.user, token.project_id, self._world.now())
        return len(self._tokens)

    def perform(self, operation: str, request: Request) -> Response:
        if operation == "KeystoneCreateUserTokenByPassword":
            return self._create_token(request)
        if operation == "CreateTokenWithIdToken":
            return self._create_token_of_provider(request)
        if operation == KEY:
            return self._create_temporary_key(request)
        caller = self.authenticate(request)
        if operation == "KeystoneListAuthDomains":
            return Response(200, {"domains": [self._domain(caller.domain_id)], "links": _links(request)})
        return self._list_projects(request, caller)

    def _create_token(self, request: Request) -> Response:
        auth = _member(json_of(request), "auth")
        identity = _member(auth, "identity")
        if identity.get("methods") != ["password"]:
            raise iam_refused(400, "Bad Request", "The authentication method is not supported.")
        user = self._user(_member(_member(identity, "password"), "user"))
        return self._token_of(user, self._scoped_project(auth.get("scope"), user), request, methods=["password"])

    def _create_token_of_provider(self, request: Request) -> Response:
        """For a user of an identity provider: the provider is named in a header, its token says who asks."""
        auth = _member(json_of(request), "auth")
        given = _member(auth, "id_token").get("id")
        if request.headers.get("X-Idp-Id") != PROVIDER or given not in self.keys.settings.oidc_tokens:
            raise iam_refused(401, "Unauthorized", "The request you have made requires authentication.")
        user = self.users[0]
        return self._token_of(user, self._scoped_project(auth.get("scope"), user), request, methods=["mapped"])

    def _token_of(self, user: User, project: Project | None, request: Request, *, methods: list[str]) -> Response:
        issued = self._world.now()
        token = Token(user, project.id if project else None, issued + TOKEN_LIFE)
        # As long as real ones, so that what cannot carry kilobytes in a header is found out.
        value = "MII" + secrets.token_urlsafe(2400)
        self._tokens[value] = token
        named_user: Json = {
            "id": user.id,
            "name": user.name,
            "domain": {"id": user.domain_id, "name": self.domains[user.domain_id]},
        }
        by_password = methods == ["password"]
        body: Json = {
            "methods": methods,
            "expires_at": moment(token.expires),
            "issued_at": moment(issued),
            "user": named_user | ({"password_expires_at": ""} if by_password else {}),
            "roles": [{"id": "0", "name": "apig_adm"}],
        }
        if project:
            domain = {"id": project.domain_id, "name": self.domains[project.domain_id]}
            body["project"] = {"id": project.id, "name": project.name, "domain": domain}
        else:
            body["domain"] = {"id": user.domain_id, "name": self.domains[user.domain_id]}
        if by_password and "nocatalog" not in query_of(request.query_string):
            body["catalog"] = [_catalog_entry(request.host)]
        return Response(201, {"token": body}, {"X-Subject-Token": value})

    def _user(self, given: Json) -> User:
        domain = given.get("domain")
        domain_name = domain.get("name") if isinstance(domain, dict) else None
        for user in self.users:
            same_name = given.get("id") == user.id or (
                given.get("name") == user.name and self.domains[user.domain_id] == domain_name
            )
            if same_name and given.get("password") == user.password:
                return user
        raise iam_refused(401, "Unauthorized", "The username or password is wrong.")

    def _scoped_project(self, scope: Any, user: User) -> Project | None:
        if not isinstance(scope, dict) or "project" not in scope:
            return None
        wanted = _member(scope, "project")
        for project in self.projects.values():
            if project.domain_id == user.domain_id and (
                wanted.get("id") == project.id or wanted.get("name") == project.name
            ):
                return project
        raise iam_refused(401, "Unauthorized", "The request you have made requires authentication.")

    def _list_projects(self, request: Request, caller: Caller) -> Response:
        query = query_of(request.query_string)
        found = [one for one in self.projects.values() if one.domain_id == caller.domain_id]
        if "name" in query:
            found = [one for one in found if self._named(one.name, query["name"])]
        if "domain_id" in query:
            found = [one for one in found if one.domain_id == query["domain_id"]]
        if "parent_id" in query:
            found = [one for one in found if one.parent_id == query["parent_id"]]
        if "enabled" in query:
            found = [one for one in found if str(one.enabled).lower() == query["enabled"]]
        return Response(200, {"links": _links(request), "projects": [_project(one) for one in _page(found, query)]})

    def _named(self, name: str, wanted: str) -> bool:
        return name == wanted or (self.project_filter == "prefix" and name.startswith(f"{wanted}_"))

    def _domain(self, domain_id: str) -> Json:
        return {
            "id": domain_id,
            "name": self.domains.get(domain_id, ""),
            "enabled": True,
            "description": "",
            "links": {"self": f"https://iam.myhuaweicloud.com/v3/domains/{domain_id}"},
        }

    def _create_temporary_key(self, request: Request) -> Response:
        identity = _member(_member(json_of(request), "auth"), "identity")
        methods = identity.get("methods")
        if methods == ["token"]:
            domain_id, options = self._token_owner(request, identity), identity.get("token") or {}
        elif methods == ["assume_role"]:
            self.authenticate(request)
            options = _member(identity, "assume_role")
            domain_id = self._agency_owner(options)
        else:
            raise iam_refused(400, "Bad Request", "The authentication method is not supported.")
        duration = options.get("duration_seconds", DEFAULT_DURATION)
        if not isinstance(duration, int) or not MIN_DURATION <= duration <= MAX_DURATION:
            raise iam_refused(400, "Bad Request", "Invalid input for field 'duration_seconds'.")
        credential = self.keys.issue(domain_id, duration)
        body = {
            "access": credential.key_id,
            "secret": credential.secret,
            "securitytoken": credential.token,
            "expires_at": moment(self.keys.expires(credential)),
        }
        return Response(201, {"credential": body})

    def _token_owner(self, request: Request, identity: Json) -> str:
        given = identity.get("token")
        value = request.headers.get("X-Auth-Token") or (given.get("id") if isinstance(given, dict) else None)
        if not isinstance(value, str):
            raise unauthenticated("x-auth-token not found")
        return self.token(value).user.domain_id

    def _agency_owner(self, options: Json) -> str:
        for agency in self.agencies:
            domains = (agency.domain_id, self.domains[agency.domain_id])
            if agency.name == options.get("agency_name") and (
                options.get("domain_id") == domains[0] or options.get("domain_name") == domains[1]
            ):
                return agency.domain_id
        raise iam_refused(404, "Not Found", "Could not find the agency.")


def moment(when: datetime) -> str:
    """A time with microseconds, as the identity service prints it."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def named(operation: str, request: Request) -> str:
    """The vendor's name of an operation, where the path alone does not tell it."""
    if operation != KEY:
        return operation
    try:
        methods = _member(_member(json_of(request), "auth"), "identity").get("methods")
    except Refused:
        methods = None
    return f"{KEY}ByAgency" if methods == ["assume_role"] else f"{KEY}ByToken"


def summary_of(request: Request) -> Json:
    """What the call log shows of a request: query and body, the latter without secrets."""
    shown: Json = {"query": query_of(request.query_string)}
    if request.body:
        try:
            shown["body"] = _without_secrets(json_of(request))
        except Refused:
            shown["body"] = "<unreadable>"
    return shown


def _without_secrets(value: Any, name: str = "") -> Any:
    """The id of a token is the token itself."""
    if not isinstance(value, dict):
        return redact(value, name)
    hidden = {"id": "<redacted>"} if name in ("token", "id_token") and "id" in value else {}
    return {member: _without_secrets(item, member) for member, item in value.items()} | hidden


def json_of(request: Request) -> Json:
    try:
        body = json.loads(request.body)
    except ValueError:
        raise iam_refused(400, "Bad Request", "Request body is invalid.") from None
    if not isinstance(body, dict):
        raise iam_refused(400, "Bad Request", "Request body is invalid.")
    return body


def _member(body: Json, name: str) -> Json:
    value = body.get(name)
    if not isinstance(value, dict):
        raise iam_refused(400, "Bad Request", f"Invalid input for field '{name}'.")
    return value


def _page(projects: list[Project], query: dict[str, str]) -> list[Project]:
    if "page" not in query and "per_page" not in query:
        return projects
    try:
        page, size = int(query["page"]), int(query["per_page"])
    except (KeyError, ValueError):
        raise iam_refused(400, "Bad Request", "page and per_page must be given together.") from None
    if page < 1 or not 1 <= size <= 5000:
        raise iam_refused(400, "Bad Request", "Invalid input for field 'per_page'.")
    return projects[(page - 1) * size : page * size]


def _links(request: Request) -> Json:
    return {"self": f"https://{request.host}{request.path}", "previous": None, "next": None}


def _project(project: Project) -> Json:
    return {
        "id": project.id,
        "name": project.name,
        "domain_id": project.domain_id,
        "parent_id": project.parent_id or project.domain_id,
        "enabled": project.enabled,
        "is_domain": False,
        "description": "",
        "links": {"self": f"https://iam.myhuaweicloud.com/v3/projects/{project.id}"},
    }


def _catalog_entry(host: str) -> Json:
    endpoint = {"id": "0", "interface": "public", "region": DEFAULT_REGION, "region_id": DEFAULT_REGION}
    return {"id": "0", "name": "apig", "type": "apig", "endpoints": [endpoint | {"url": f"http://{host}/v2"}]}
