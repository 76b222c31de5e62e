"""The directory of receivers: 202 at first, then 200 or 404 (behaviour 38)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..server import errors
from ..server.call import Reply
from ..state.codes import SCHEMES
from .identifiers import same
from .states import SANDBOX_RECIPIENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..server.call import Call, Handler
    from ..state.store import JsonObject
    from ..state.world import Party, World

# Country, scheme, identifier, name: the receivers of the sandbox, and one that clients look up in Belgium.
_KNOWN: tuple[tuple[str, str, str, str], ...] = (
    ("be", "0208", "0214596464", "Bekende Ontvanger NV"),
    *(
        ("es", "0088", value, f"Sandbox receiver {value}")
        for value in SANDBOX_RECIPIENTS
        if value != "9500047420799"
    ),
)
_DOCUMENTS: JsonObject = {
    "Invoice": {
        "transport_type_code": "peppol",
        "document_type_code": "xml.ubl.invoice.bis3",
        "other_document_type_codes": ["xml.ubl.invoice"],
    },
    "CreditNote": {
        "transport_type_code": "peppol",
        "document_type_code": "xml.ubl.credit_note.bis3",
        "other_document_type_codes": [],
    },
}
"""How a receiver takes documents of which nothing else is said."""
_COUNTRY = re.compile(r"[a-z]{2}")
_SCHEME = re.compile(r"[0-9]{4}")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{2,49}")


def look_up(world: World, call: Call) -> Reply:
    """Look a receiver up by country, by scheme, or by both."""
    *narrowing, identifier = call.path
    # Told apart by their form: parameter names are the spec's own business.
    schemes = [part for part in narrowing if _SCHEME.fullmatch(part)]
    if not all(_COUNTRY.fullmatch(part) or part in schemes for part in narrowing):
        raise errors.missing("resource")
    # The scheme in front of the identifier is never found (behaviour 38).
    if ":" in identifier:
        raise errors.missing("receiver")
    if not _IDENTIFIER.fullmatch(identifier):
        raise errors.inclusion("identifier", "Identifier is not valid")
    if not SCHEMES.keys() >= set(schemes):
        raise errors.inclusion("scheme")
    place = "/".join(call.path)
    ready = world.lookups.setdefault((call.key.realm, place), world.now + world.settings.delays.directory)
    if world.now < ready:
        return Reply(202, {"polling_url": f"{call.base_url}/directory/{place}"})
    for country, known_scheme, known, name, documents in _parties(world):
        if set(narrowing) <= {country, known_scheme} and same(known, identifier):
            return Reply(200, {"name": name, **(_DOCUMENTS if documents is None else documents)})
    raise errors.missing("receiver")


def _parties(world: World) -> Iterator[Party]:
    for known in _KNOWN:
        yield (*known, None)
    yield from world.parties
    for account in world.store.all("account").values():
        body = account.body
        for value, scheme in (
            (body["tin_value"], body["tin_scheme"]),
            (body["cin_value"], body["cin_scheme"]),
        ):
            if value and scheme:
                yield (str(body["country"]).lower(), str(scheme), str(value), str(body["name"]), None)


HANDLERS: dict[str, Handler] = {
    "GET /directory/{}/{}": look_up,
    "GET /directory/{}/{}/{}": look_up,
}
