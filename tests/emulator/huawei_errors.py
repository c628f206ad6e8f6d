# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Huawei Cloud refuses: codes of the published error tables of API Gateway and DNS, and each service's shape."""

from .world import Json, Response

# Code -> HTTP status and text.
CODES: dict[str, tuple[int, str]] = {
    "APIG.1001": (401, "Session expired. Please try again later"),
    "APIG.1002": (401, "Incorrect token or token resolution failed"),
    "APIG.1003": (401, "Token contains no project information"),
    "APIG.1005": (403, "No permissions to request this method"),
    "APIG.2000": (400, "Parameter error"),
    "APIG.2001": (400, "The request parameters must be specified"),
    "APIG.2012": (400, "Invalid parameter value"),
    "APIG.2023": (400, "URL domain CNAME resolution failed"),
    "APIG.2024": (400, "Invalid URL domain"),
    "APIG.2034": (400, "The domain name has not been filed. File it first"),
    "APIG.2035": (400, "The ICP Filing System is busy. Please try again later"),
    "APIG.2049": (400, "The port is not in the defined custom inbound ports"),
    "APIG.2050": (400, "The combination of this domain name and port already exists"),
    "APIG.2051": (400, "A domain name cannot be bound with different certificates"),
    "APIG.2101": (400, "The certificate and private key do not match"),
    "APIG.2102": (400, "The certificate has expired"),
    "APIG.2103": (400, "The certificate domain name and the custom domain name do not match"),
    "APIG.2104": (400, "The certificate chain is not matched"),
    "APIG.2105": (400, "Encrypted private keys are not supported"),
    "APIG.2106": (400, "Invalid certificate or private key"),
    "APIG.2109": (400, "Invalid certificate. SAN missing"),
    "APIG.3001": (404, "The API group does not exist"),
    "APIG.3020": (404, "The URL domain does not exist"),
    "APIG.3021": (404, "The SSL certificate does not exist"),
    "APIG.3025": (404, "The certificate does not exist"),
    "APIG.3030": (404, "The instance does not exist"),
    "APIG.3097": (404, "The binding record of this SSL certificate and domain name does not exist"),
    "APIG.3100": (403, "The number of resources exceeds the maximum allowed limit"),
    "APIG.3108": (403, "The number of domain names exceeds the maximum allowed limit"),
    "APIG.3148": (400, "Invalid certificate. Add one that expires before January 19, 2038 03:14:07 UTC"),
    "APIG.3305": (400, "The URL domain name already exists"),
    "APIG.3458": (412, "The feature is not supported by the current instance"),
    "APIG.3474": (
        403,
        "The API group ID in the URL does not match the API group to which the URL domain has been bound",
    ),
    "APIG.3500": (500, "Failed to synchronize data to etcd"),
    "APIG.3711": (409, "The operation can be performed only once every minute"),
    "APIG.3715": (400, "A domain name can only be bound with CA certificates of the same algorithm type"),
    "APIG.3718": (409, "A task is being executed on the instance"),
    "APIG.9008": (500, "Too many requests. Try again later"),
    "APIG.9999": (500, "System error"),
    "APIC.7712": (409, "The gateway is locked"),
    "DNS.0001": (500, "Internal error."),
    "DNS.0002": (400, "Invalid request."),
    "DNS.0006": (400, "The limit parameter is invalid."),
    "DNS.0007": (400, "The marker parameter is invalid."),
    "DNS.0014": (403, "Request forbidden by flow control."),
    "DNS.0017": (400, "The offset parameter is invalid."),
    "DNS.0021": (500, "Failed to obtain the lock of the resource. Try again later."),
    "DNS.0030": (403, "You are not authorized to perform this operation."),
    "DNS.0041": (400, "Invalid project ID."),
    "DNS.0302": (404, "This zone does not exist."),
    "DNS.0303": (400, "Invalid record set TTL value."),
    "DNS.0304": (400, "Invalid record set name."),
    "DNS.0305": (400, "Invalid record set description. The description can contain a maximum of 255 characters."),
    "DNS.0307": (400, "Invalid record set type."),
    "DNS.0308": (400, "Invalid record set value."),
    "DNS.0312": (400, "This record set already exists."),
    "DNS.0313": (404, "This record set does not exist."),
    "DNS.0314": (409, "The record set is not in a steady state."),
    "DNS.0317": (409, "This record set is a default one and cannot be deleted."),
    "DNS.0318": (409, "This record set is a default one and cannot be updated."),
    "DNS.0319": (400, "The TTL parameter has been out of range."),
    "DNS.0335": (400, "Duplicate record sets already exist."),
    "DNS.0403": (403, "Insufficient record set quota."),
    "APIGW.0101": (404, "The API does not exist or has not been published in the environment"),
    "APIGW.0301": (401, "Incorrect IAM authentication information"),
    "APIGW.0308": (429, "The throttling threshold has been reached: policy api over ratelimit,limit:200,time:1 second"),
}


class Refused(Exception):
    """The service's refusal; ``iam`` chooses the shape in which the identity service words its own.

    ``plain``: a refusal of DNS in the members that the other services have.
    """

    def __init__(self, code: str, text: str, *, status: int, iam: bool = False) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.status = status
        self.iam = iam
        self.plain = False

    def response(self, request_id: str) -> Response:
        body: Json = {"error_code": self.code, "error_msg": self.text}
        if self.iam:
            body = {"error": {"code": self.status, "message": self.text, "title": self.code}}
        elif self.code.startswith("APIGW."):
            body["request_id"] = request_id
        elif self.code.startswith("DNS.") and not self.plain:
            body = {"code": self.code, "message": self.text}
        return Response(self.status, body)


def refused(code: str, detail: str = "") -> Refused:
    """A refusal of the API Gateway (or of the gateway in front of every service) with the published status and text."""
    status, text = CODES[code]
    return Refused(code, text + detail, status=status)


def bad_parameter(name: str) -> Refused:
    return refused("APIG.2012", f",parameterName:{name}. Please refer to the support documentation")


def missing_parameter(name: str) -> Refused:
    return refused("APIG.2001", f",parameterName:{name}. Please refer to the support documentation")


def iam_refused(status: int, title: str, text: str) -> Refused:
    return Refused(title, text, status=status, iam=True)
