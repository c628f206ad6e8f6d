# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Temporary keys of one cloud: who hands them out, how long they last, and the metadata service of an instance."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from .log import timestamp
from .world import Credential, Json, Response, World

OIDC_TOKEN = "emulator.oidc.token"
POD_TOKEN = "emulator-pod-token"
INSTANCE_ROLE = "emulator-instance-role"
_TOKEN_MAX = 21600
_INSTANCE_LIFE = 21600
# Of an instance's key that is this near to its end, in parts of its life, the next one is handed out.
_RENEWED = 0.3


@dataclass
class KeySettings:
    """``key_life``: seconds that every key lasts, whatever is asked for. README.md says what the others are for."""

    key_life: float | None = None
    oidc_tokens: list[str] = field(default_factory=lambda: [OIDC_TOKEN])
    pod_token: str = POD_TOKEN
    instance_role: str = INSTANCE_ROLE
    metadata_tokens: str = "optional"

    def change(self, given: Json) -> None:
        known = {one.name for one in fields(self)}
        for name, value in given.items():
            if name not in known:
                raise ValueError(f"no setting {name}; there are {', '.join(sorted(known))}")
            setattr(self, name, value)


class TemporaryKeys:
    """``clock`` is the one by which the cloud judges the age of keys."""

    def __init__(self, world: World, cloud: str, prefix: str, clock: Callable[[], datetime]) -> None:
        self.world = world
        self.cloud = cloud
        self.prefix = prefix
        self.clock = clock
        self.settings = KeySettings()

    def issue(self, account: str, seconds: float, **details: Any) -> Credential:
        life = seconds if self.settings.key_life is None else self.settings.key_life
        credential = Credential(
            self.cloud,
            self.prefix + secrets.token_hex(12).upper(),
            secrets.token_urlsafe(30),
            account,
            token=secrets.token_urlsafe(400),
            expires=self.clock() + timedelta(seconds=life),
            details=details,
        )
        self.world.accounts.add(credential)
        return credential

    def expires(self, credential: Credential) -> datetime:
        return credential.expires or self.clock()

    def all(self) -> list[Credential]:
        return [one for one in self.world.accounts.of(self.cloud) if one.token is not None]

    def expire(self) -> list[Json]:
        """Ends the life of every temporary key."""
        for one in self.all():
            self.world.accounts.add(replace(one, expires=self.clock()))
        return self.shown()

    def shown(self) -> list[Json]:
        """Without what opens anything."""
        return [
            {"key_id": one.key_id, "account": one.account, "expires": timestamp(self.expires(one)), **one.details}
            for one in self.all()
        ]


class InstanceMetadata:
    """The address that an instance asks for keys of its role. The vendors' words for it differ, its habits do not."""

    def __init__(self, keys: TemporaryKeys, account: str) -> None:
        self.keys = keys
        self.account = account
        self._tokens: dict[str, datetime] = {}
        self._current: Credential | None = None
        self._issued: datetime | None = None

    def token(self, seconds: str | None) -> Response:
        """The answer to the ``PUT`` of the second edition."""
        if self.keys.settings.metadata_tokens == "absent":
            return Response(404, b"404 - Not Found\n")
        if seconds is None or not seconds.isdigit() or not 1 <= int(seconds) <= _TOKEN_MAX:
            return Response(400, b"400 - Bad Request\n")
        value = secrets.token_urlsafe(40)
        self._tokens[value] = self.keys.clock() + timedelta(seconds=int(seconds))
        return Response(200, value.encode(), {"Content-Type": "text/plain"})

    def admits(self, token: str | None) -> bool:
        """A token that is sent has to be good, whether one is needed or not."""
        if token is None:
            return self.keys.settings.metadata_tokens != "required"
        expires = self._tokens.get(token)
        return expires is not None and expires > self.keys.clock()

    def credential(self) -> Credential:
        """The same key until it is near its end."""
        now, current = self.keys.clock(), self._current
        if current is not None and self._issued is not None and current in self.keys.all():
            left, life = self.keys.expires(current) - now, self.keys.expires(current) - self._issued
            if left > life * _RENEWED:
                return current
        role = self.keys.settings.instance_role
        self._current, self._issued = self.keys.issue(self.account, _INSTANCE_LIFE, instance_role=role), now
        return self._current
