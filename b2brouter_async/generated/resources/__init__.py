"""The resources of a client; each is loaded when it is first touched."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..._core.operation import Caller
    from .accounts import Accounts
    from .code_lists import CodeLists
    from .contacts import Contacts
    from .directory import Directory
    from .documents import Documents
    from .events import Events
    from .invoices import Invoices
    from .ledgers import Ledgers
    from .payments import Payments
    from .tax_report_batches import TaxReportBatches
    from .tax_report_settings import TaxReportSettings
    from .tax_reports import TaxReports
    from .tin_verifications import TinVerifications
    from .transports import Transports
    from .web_hooks import WebHooks

RESOURCES: tuple[str, ...] = (
    "accounts",
    "contacts",
    "transports",
    "invoices",
    "payments",
    "events",
    "tax_reports",
    "tax_report_batches",
    "tax_report_settings",
    "ledgers",
    "directory",
    "documents",
    "tin_verifications",
    "web_hooks",
    "code_lists",
)


class Resources:
    """One attribute per resource of the API."""

    caller: Caller
    """What sends the requests of every operation."""

    @cached_property
    def accounts(self) -> Accounts:
        """Return the operations of this resource."""
        from .accounts import Accounts

        return Accounts(self.caller)

    @cached_property
    def contacts(self) -> Contacts:
        """Return the operations of this resource."""
        from .contacts import Contacts

        return Contacts(self.caller)

    @cached_property
    def transports(self) -> Transports:
        """Return the operations of this resource."""
        from .transports import Transports

        return Transports(self.caller)

    @cached_property
    def invoices(self) -> Invoices:
        """Return the operations of this resource."""
        from .invoices import Invoices

        return Invoices(self.caller)

    @cached_property
    def payments(self) -> Payments:
        """Return the operations of this resource."""
        from .payments import Payments

        return Payments(self.caller)

    @cached_property
    def events(self) -> Events:
        """Return the operations of this resource."""
        from .events import Events

        return Events(self.caller)

    @cached_property
    def tax_reports(self) -> TaxReports:
        """Return the operations of this resource."""
        from .tax_reports import TaxReports

        return TaxReports(self.caller)

    @cached_property
    def tax_report_batches(self) -> TaxReportBatches:
        """Return the operations of this resource."""
        from .tax_report_batches import TaxReportBatches

        return TaxReportBatches(self.caller)

    @cached_property
    def tax_report_settings(self) -> TaxReportSettings:
        """Return the operations of this resource."""
        from .tax_report_settings import TaxReportSettings

        return TaxReportSettings(self.caller)

    @cached_property
    def ledgers(self) -> Ledgers:
        """Return the operations of this resource."""
        from .ledgers import Ledgers

        return Ledgers(self.caller)

    @cached_property
    def directory(self) -> Directory:
        """Return the operations of this resource."""
        from .directory import Directory

        return Directory(self.caller)

    @cached_property
    def documents(self) -> Documents:
        """Return the operations of this resource."""
        from .documents import Documents

        return Documents(self.caller)

    @cached_property
    def tin_verifications(self) -> TinVerifications:
        """Return the operations of this resource."""
        from .tin_verifications import TinVerifications

        return TinVerifications(self.caller)

    @cached_property
    def web_hooks(self) -> WebHooks:
        """Return the operations of this resource."""
        from .web_hooks import WebHooks

        return WebHooks(self.caller)

    @cached_property
    def code_lists(self) -> CodeLists:
        """Return the operations of this resource."""
        from .code_lists import CodeLists

        return CodeLists(self.caller)
