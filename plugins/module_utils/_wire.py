# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection and may change at any time.

"""What a client says on the wire: the fields of each operation that it sends and that it reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wire:
    """The fields of one operation, in the vendor's own spelling.

    Nested fields are written with dots and the elements of a list with ``[]``: ``Certificates[].CertificateId``.
    Fields in the query string or the path of the URL count as sent, by their bare name. What every answer of a cloud
    has (``Response``, ``RequestId``, ``Error``; ``error_code``, ``error_msg``, ``request_id``) is left out.

    A client module keeps one constant ``WIRE: Mapping[str, Wire]``, keyed by the vendor's name of the operation. The
    conformance tests compare it with the models of the vendor's SDK, and with what was really sent.
    """

    sends: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
