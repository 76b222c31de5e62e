"""Contacts: found by what they are known by, and made once (behaviour 30)."""

from __future__ import annotations

import datetime
import logging
import re
import unicodedata
from typing import TYPE_CHECKING, Literal, Unpack, cast

from .. import einvoice  # loads the part that is used, when it is
from .._core.record import Record
from ..errors import ArgumentError, B2BrouterError, NotFoundError
from ..generated.resources import contacts as generated
from .matching import AmbiguousMatchError, every

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.operation import CallOptions
    from .._core.requests import AccountId
    from ..generated.models.contact import Contact
    from ..generated.models.contact_input import ContactInput
    from ..generated.models.dictionaries import ContactInputDict

_log = logging.getLogger("b2brouter_async.contacts")

_SCHEMED = re.compile(r"\s*([0-9]{4}):")
_ANY_TAX_NUMBER = "9999"
"""The scheme that the server takes for every tax number, so it tells none from another (behaviour 58)."""
_PATIENCE = (0.5, 1.0, 2.0)
"""Seconds before each further look at several contacts that were made just now."""
_JUST_NOW = datetime.timedelta(minutes=10)
"""So long ago, by clocks that may differ."""
_NUMBERS: tuple[Literal["tin", "cin"], ...] = ("tin", "cin")


class Contacts(generated.Contacts):
    """Operations on contacts.

    Example:
        contact = await client.contacts.get(77)
    """

    __slots__ = ()

    async def find_by_tin(
        self,
        tin_value: str,
        *,
        account: AccountId | None = None,
        country: str | None = None,
        scheme: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Contact | None:
        """Return the contact with a tax number, or None.

        Example:
            customer = await client.contacts.find_by_tin("ES B-1234567.8", account=1234)

        All contacts of the account are read, since the server searches the spelling it was given: a request for each
        500. Spaces, punctuation and case don't count, nor a country prefix that one of the two lacks, unless the
        contact is of another country. Offices (contacts with a parent) are passed over: they have the number of
        their parent.

        Args:
            tin_value: the number, in any spelling.
            account: Id of the account; the client's own where it is left out.
            country: of the party, two letters, where the number has no country prefix.
            scheme: of the number, for example `9920`; contacts of another scheme are passed over, those that name
                none are not.
            options: see `CallOptions`; they hold for each request.

        Raises:
            AmbiguousMatchError: several contacts have it; it names them.
            ArgumentError: there is nothing in it to look for.
            APIStatusError: the server refuses.
        """
        number = _Number.of("tin", tin_value, country, scheme, "tin_value")
        return await self._find(number, account, options)

    async def find_by_cin(
        self,
        cin_value: str,
        *,
        account: AccountId | None = None,
        country: str | None = None,
        scheme: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Contact | None:
        """Return the contact with a company number, or None; see `find_by_tin`.

        Example:
            supplier = await client.contacts.find_by_cin("0208:0123456749", account=1234)

        Args:
            cin_value: the number, in any spelling; `0208:0123456749` names its scheme as well.
            account: Id of the account; the client's own where it is left out.
            country: of the party, two letters.
            scheme: of the number, for example `0208`.
            options: see `CallOptions`; they hold for each request.

        Raises:
            AmbiguousMatchError: several contacts have it; it names them.
            ArgumentError: there is nothing in it to look for.
            APIStatusError: the server refuses.
        """
        number = _Number.of("cin", cin_value, country, scheme, "cin_value")
        return await self._find(number, account, options)

    async def find_by_name(
        self,
        name: str,
        *,
        account: AccountId | None = None,
        country: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Contact | None:
        """Return the contact with a name, or None.

        Example:
            customer = await client.contacts.find_by_name("Acme SL", account=1234, country="es")

        The whole name must be equal, but for case and the number of spaces: `ACME  SL` is `Acme SL`, and neither is
        `Acme, S.L.`. Offices are found as well.

        Args:
            name: the name.
            account: Id of the account; the client's own where it is left out.
            country: two letters; contacts of another country are passed over, those that name none are not.
            options: see `CallOptions`; they hold for each request.

        Raises:
            AmbiguousMatchError: several contacts have it; it names them.
            ArgumentError: the name is empty.
            APIStatusError: the server refuses.
        """
        if not isinstance(name, str) or not _plain_name(name):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(f"{name!r} is nobody's name", argument="name")
        found = [
            contact
            for contact in await self._all(account, options)
            if _named(contact, name) and not _abroad(contact, country)
        ]
        return _the_one(found, f"the name {name!r}")

    async def upsert(
        self,
        account: AccountId | None = None,
        *,
        contact: ContactInput | ContactInputDict,
        route: bool = False,
        **options: Unpack[CallOptions],
    ) -> Contact:
        """See that a contact is there once, with what is given: made, changed, or left as it is.

        Example:
            customer = await client.contacts.upsert(
                1234, contact={"name": "Acme SL", "tin_value": "ESB12345678", "country": "es"}
            )

        It is looked for by its tax number, company number and `integration_code`, whichever are given, and by its name
        where none is. What is found gets the fields that differ; what is left out stays. Tasks of one client take
        turns. Of two processes that make the same contact at once, both see both afterwards, and the one whose contact
        has the higher id deletes it again; where the list shows neither in time, two stay, and the next call says so.

        Args:
            account: Id of the account; the client's own where it is left out.
            contact: the contact. With a `parent_id` it is an office, known among its parent's by its
                `integration_code`, else by its name.
            route: ask the directory first how the contact can be reached (`directory.reach`), and set its
                `transport_type_code`, `document_type_code` and, for Peppol, `pin_scheme` and `pin_value`. What the
                contact says itself of these stays. A contact that is not in the directory is made or changed all the
                same, without.
            options: see `CallOptions`; they hold for each request.

        Returns:
            The contact as it is now.

        Raises:
            AmbiguousMatchError: several contacts fit, or one fits in part (the tax number of one and the company number
                of another, a number whose country nobody says); nothing was changed. Two that were made at once and
                could not be made one are named as well.
            WaitTimeout: with `route`, the directory has not answered; nothing was changed. Try again later.
            ArgumentError: there is nothing to know it by, or with `route` no country or number to ask the directory for.
            APIStatusError: the server refuses.
            OutcomeUnknownError: it is not known whether it was made, and no look shows it. Call again later: it looks
                first.
        """
        from ..generated.api.contacts.create import OPERATION

        owner = self.caller.account_or_default(account)
        request = OPERATION.request(account=owner, contact=contact)
        assert request.body is not None
        given = cast("Mapping[str, Mapping[str, object]]", request.body.value)["contact"]
        sought = _Sought.of(given)
        if route:
            given = {**given, **await self._way_to(given)}
            from ..generated.models.contact_input import ContactInput

            contact = ContactInput.read_any(given)
        from .once import alone

        # All of an account's in one queue: what one knows by its tax number, another may know by its name.
        async with alone(self.caller, "contact", str(owner)):
            there = sought.choose(await self._settled(sought, owner, options))
            if there is None:
                there, made = await self._make_once(owner, contact, sought, options)
                if made:
                    return there
            return await self._bring_up_to_date(there, given, options)

    async def _way_to(self, given: Mapping[str, object]) -> dict[str, object]:
        """Return the fields that say how a contact can be reached; none where it can't, or says so itself."""
        from .reach import PEPPOL, Identifier, reach
        from .waiting import WaitTimeout

        if given.get("transport_type_code"):
            return {}
        country = _text(given.get("country"))
        if country is None:
            raise ArgumentError(
                "route=True asks the directory of a country; say which", argument="contact.country"
            )
        # The routing number first: it is there for this.
        kinds: tuple[tuple[str, bool | None], ...] = (("pin", None), ("tin", True), ("cin", False))
        numbers = [
            Identifier(text, _scheme(given.get(f"{kind}_scheme")), is_tax)
            for kind, is_tax in kinds
            if (text := _text(given.get(f"{kind}_value"))) is not None
        ]
        if not numbers:
            raise ArgumentError(
                "route=True asks the directory for a number; give tin_value, cin_value or pin_value",
                argument="contact",
            )
        way = await reach(
            self, country, numbers, document_type=_text(given.get("document_type_code")) or "Invoice"
        )
        if not way.reachable:
            if not way.settled:
                raise WaitTimeout(
                    f"the directory's answer for {numbers[0].value}", last=way.reason, timeout=60.0
                )
            _log.warning("no way to a contact was found: %s", way.reason)
            return {}
        found: dict[str, object] = {
            "transport_type_code": way.transport_type_code,
            "document_type_code": way.document_type_code,
        }
        if way.transport_type_code == PEPPOL and way.scheme is not None and not given.get("pin_value"):
            found |= {"pin_scheme": way.scheme, "pin_value": way.identifier}
        return {key: value for key, value in found.items() if value is not None}

    async def _find(self, number: _Number, account: AccountId | None, options: CallOptions) -> Contact | None:
        found = [
            contact
            for contact in await self._all(account, options)
            if contact.parent_id is None and number.fits(contact) is not False
        ]
        return _the_one(found, f"the number {number.value}")

    async def _settled(self, sought: _Sought, account: AccountId, options: CallOptions) -> list[Contact]:
        """Return the contacts that fit; of several that were made just now, somebody may be taking one back."""
        found = sought.fitting(await self._all(account, options))
        for pause in _PATIENCE:
            if len(found) < 2 or not any(map(_made_just_now, found)):
                break
            await self.caller.waiting.sleep(pause)
            found = sought.fitting(await self._all(account, options))
        return found

    async def _all(self, account: AccountId | None, options: CallOptions) -> list[Contact]:
        return await every(lambda: self.list(account, limit=500, **options))

    async def _make_once(
        self,
        account: AccountId,
        contact: ContactInput | ContactInputDict,
        sought: _Sought,
        options: CallOptions,
    ) -> tuple[Contact, bool]:
        """Make a contact; return it, or the one that was there first, and whether it was made just now."""
        from .once import make_once

        async def look() -> list[Contact]:
            return sought.fitting(await self._all(account, options))

        found, made = await make_once(
            lambda: self.create(account, contact=contact, **options),
            look,
            waiting=self.caller.waiting,
            way_out="Call upsert again later: it looks for the contact first",
        )
        if not made:
            there = sought.choose(found)
            assert there is not None
            return there, False
        mine = found[0]
        earlier = [one for one in await look() if one.id < mine.id and sought.is_clearly(one)]
        if not earlier:
            return mine, True
        first = earlier[0]
        # Another process was faster. Whoever made the later one takes it back.
        try:
            await self.delete(mine.id, **options)
        except NotFoundError:
            pass
        except B2BrouterError as error:
            raise AmbiguousMatchError(
                f"contacts {first.id} and {mine.id} were made at the same time, and {mine.id} can't be deleted: {error}",
                (first.id, mine.id),
            ) from error
        _log.info("contact %d was made by somebody else at the same time; %d was deleted", first.id, mine.id)
        return first, False

    async def _bring_up_to_date(
        self, there: Contact, given: Mapping[str, object], options: CallOptions
    ) -> Contact:
        shown = there.to_dict()
        country = _text(given.get("country")) or there.country
        changed = {
            key: value
            for key, value in given.items()
            if value is not None and not _same(key, value, shown.get(key), country, there.country)
        }
        if not changed:
            return there
        from ..generated.models.contact_update_input import ContactUpdateInput

        update = ContactUpdateInput.read_any(changed)
        return await self.update(there.id, contact=update, **options) or await self.get(there.id, **options)


class _Number(Record):
    """A tax or company number that a contact is looked for by."""

    kind: Literal["tin", "cin"]
    value: str
    country: str | None = None
    scheme: str | None = None

    @classmethod
    def of(
        cls,
        kind: Literal["tin", "cin"],
        value: object,
        country: object,
        scheme: object,
        argument: str,
    ) -> _Number:
        text = _text(value) or ""
        if not einvoice.has_number(text):
            raise ArgumentError(
                f"{value!r} holds no number to look for; pass text like ESB12345678", argument=argument
            )
        said = _SCHEMED.match(text)
        return cls(kind, text, _text(country), _scheme(scheme) or (said[1] if said else None))

    def fits(self, contact: Contact) -> bool | None:
        """Tell whether a contact has the number; None where it depends on a country that nobody says."""
        value = contact.tin_value if self.kind == "tin" else contact.cin_value
        if not value:
            return False
        schemes = {_scheme(contact.tin_scheme if self.kind == "tin" else contact.cin_scheme), self.scheme}
        if len(schemes - {None, _ANY_TAX_NUMBER}) > 1:
            return False
        return einvoice.same_number(self.value, value, country=self.country, other_country=contact.country)


class _Sought(Record):
    """What a contact that is to be there once is known by."""

    name: str
    country: str | None
    parent: int | None
    code: str | None
    numbers: tuple[_Number, ...]

    @classmethod
    def of(cls, given: Mapping[str, object]) -> _Sought:
        name, country = _text(given.get("name")) or "", _text(given.get("country"))
        parent, code = given.get("parent_id"), _text(given.get("integration_code"))
        numbers = tuple(
            _Number.of(
                kind,
                given.get(f"{kind}_value"),
                country,
                given.get(f"{kind}_scheme"),
                f"contact.{kind}_value",
            )
            for kind in _NUMBERS
            if _text(given.get(f"{kind}_value"))
        )
        if not _plain_name(name):
            raise ArgumentError("a contact needs a name", argument="contact.name")
        return cls(name, country, parent if isinstance(parent, int) else None, code, numbers)

    def is_clearly(self, contact: Contact) -> bool:
        """Tell whether a contact is this one, beyond doubt."""
        try:
            return self.choose([contact]) is not None
        except AmbiguousMatchError:
            return False

    def fitting(self, contacts: list[Contact]) -> list[Contact]:
        """Return the contacts that have anything of it."""
        return [contact for contact in contacts if self._reasons(contact)]

    def choose(self, contacts: list[Contact]) -> Contact | None:
        """Return the contact that is meant; None where there is none.

        Raises:
            AmbiguousMatchError: that can't be told.
        """
        found = self.fitting(contacts)
        by_code = [contact for contact in found if self.code and contact.integration_code == self.code]
        if len(found) > 1:
            raise AmbiguousMatchError(
                f"contacts {', '.join(map(_shown, found))} all fit this one; delete what is there twice, or change one by "
                "its id: contacts.update(…)",
                tuple(contact.id for contact in found),
            )
        if not found:
            return None
        there = found[0]
        for number in self.numbers:
            fits, held = number.fits(there), (there.tin_value if number.kind == "tin" else there.cin_value)
            if fits is None and not by_code and not _named(there, self.name):
                raise AmbiguousMatchError(
                    f"contact {_shown(there)} may have the number {number.value}, or one of another country: give the "
                    "country of both, or write the number with its prefix; if it is the same party, change it by its "
                    f"id: contacts.update({there.id}, …)",
                    (there.id,),
                )
            if fits is False and held and einvoice.has_number(held):
                kind = "tax" if number.kind == "tin" else "company"
                raise AmbiguousMatchError(
                    f"contact {_shown(there)} has another {kind} number than {number.value}; if it is the same "
                    f"party, change it by its id: contacts.update({there.id}, …)",
                    (there.id,),
                )
        if not self.numbers and not by_code and self.parent is None and (there.tin_value or there.cin_value):
            raise AmbiguousMatchError(
                f"contact {_shown(there)} has the name, and a number that isn't given here: give its number, or change "
                f"it by its id: contacts.update({there.id}, …)",
                (there.id,),
            )
        if self.code and there.integration_code and not by_code:
            raise AmbiguousMatchError(
                f"contact {_shown(there)} has the integration_code {there.integration_code!r} and not {self.code!r}; "
                f"if it is the same party, change it by its id: contacts.update({there.id}, …)",
                (there.id,),
            )
        return there

    def _reasons(self, contact: Contact) -> bool:
        if self.parent is not None:
            # Offices share their parent's numbers.
            if contact.parent_id != self.parent:
                return False
            if self.code and contact.integration_code:
                return contact.integration_code == self.code
            return _named(contact, self.name)
        if contact.parent_id is not None:
            return False
        if self.code and contact.integration_code == self.code:
            return True
        if self.numbers:
            return any(number.fits(contact) is not False for number in self.numbers)
        if self.code and contact.integration_code:
            return False
        return _named(contact, self.name) and not _abroad(contact, self.country)


def _the_one(found: list[Contact], what: str) -> Contact | None:
    if len(found) > 1:
        named = ", ".join(map(_shown, found))
        raise AmbiguousMatchError(
            f"contacts {named} all have {what}; say which with country= or scheme=, or take one by its id",
            tuple(contact.id for contact in found),
        )
    return found[0] if found else None


def _made_just_now(contact: Contact) -> bool:
    made = contact.created_at
    return made is not None and datetime.datetime.now(datetime.UTC) - made < _JUST_NOW


def _shown(contact: Contact) -> str:
    number = contact.tin_value or contact.cin_value
    parts = [part for part in (contact.name, number, contact.country) if part]
    return f"{contact.id} ({', '.join(parts)})"


def _named(contact: Contact, name: str) -> bool:
    return _plain_name(contact.name or "") == _plain_name(name) != ""


def _plain_name(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _abroad(contact: Contact, country: str | None) -> bool:
    return bool(country and contact.country) and str(country).lower() != str(contact.country).lower()


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _scheme(value: object) -> str | None:
    """Return a scheme in its four digits; older versions write numbers (behaviour 65)."""
    text = str(value).strip() if isinstance(value, (int, str)) else ""
    return text.zfill(4) if text else None


def _same(key: str, given: object, shown: object, country: str | None, there: str | None) -> bool:
    """Tell whether the server has a value already, perhaps in another spelling."""
    if shown is None or given == shown:
        return given == shown or given == ""
    if key in ("tin_value", "cin_value"):
        return bool(einvoice.same_number(str(given), str(shown), country=country, other_country=there))
    if key.endswith("_scheme"):
        return _scheme(given) == _scheme(shown)
    if key in ("country", "language", "currency"):
        return str(given).lower() == str(shown).lower()
    # A code may be a number here and a text there.
    return not isinstance(given, bool) and str(given) == str(shown)
