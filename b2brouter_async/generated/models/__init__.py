"""Every model and enumeration of the spec; each is loaded when it is first touched."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .account import Account as Account
    from .account_event import AccountEvent as AccountEvent
    from .account_input import AccountInput as AccountInput
    from .account_ref import AccountRef as AccountRef
    from .account_update_input import AccountUpdateInput as AccountUpdateInput
    from .allowance_charge import AllowanceCharge as AllowanceCharge
    from .allowance_charge_indicator import AllowanceChargeIndicator as AllowanceChargeIndicator
    from .allowance_charge_input import AllowanceChargeInput as AllowanceChargeInput
    from .allowance_charge_tax_input import AllowanceChargeTaxInput as AllowanceChargeTaxInput
    from .bank_account import BankAccount as BankAccount
    from .bank_account_input import BankAccountInput as BankAccountInput
    from .card_account_input import CardAccountInput as CardAccountInput
    from .contact import Contact as Contact
    from .contact_input import ContactInput as ContactInput
    from .contact_update_input import ContactUpdateInput as ContactUpdateInput
    from .directory_document import DirectoryDocument as DirectoryDocument
    from .directory_entry import DirectoryEntry as DirectoryEntry
    from .directory_pending import DirectoryPending as DirectoryPending
    from .document_type import DocumentType as DocumentType
    from .enterprise_size import EnterpriseSize as EnterpriseSize
    from .invoice import Invoice as Invoice
    from .invoice_attachment import InvoiceAttachment as InvoiceAttachment
    from .invoice_contact import InvoiceContact as InvoiceContact
    from .invoice_contact_input import InvoiceContactInput as InvoiceContactInput
    from .invoice_input import InvoiceInput as InvoiceInput
    from .invoice_line import InvoiceLine as InvoiceLine
    from .invoice_line_input import InvoiceLineInput as InvoiceLineInput
    from .invoice_list_item import InvoiceListItem as InvoiceListItem
    from .invoice_reference import InvoiceReference as InvoiceReference
    from .invoice_send_result import InvoiceSendResult as InvoiceSendResult
    from .invoice_settable_state import InvoiceSettableState as InvoiceSettableState
    from .invoice_state import InvoiceState as InvoiceState
    from .invoice_state_info import InvoiceStateInfo as InvoiceStateInfo
    from .invoice_tax import InvoiceTax as InvoiceTax
    from .invoice_type import InvoiceType as InvoiceType
    from .invoice_validation import InvoiceValidation as InvoiceValidation
    from .issued_invoice_state_change_event import (
        IssuedInvoiceStateChangeEvent as IssuedInvoiceStateChangeEvent,
    )
    from .issued_invoice_state_change_event_data import (
        IssuedInvoiceStateChangeEventData as IssuedInvoiceStateChangeEventData,
    )
    from .item_property_input import ItemPropertyInput as ItemPropertyInput
    from .ledger import Ledger as Ledger
    from .ledger_state_change_event import LedgerStateChangeEvent as LedgerStateChangeEvent
    from .ledger_state_change_event_data import LedgerStateChangeEventData as LedgerStateChangeEventData
    from .payment import Payment as Payment
    from .payment_due_input import PaymentDueInput as PaymentDueInput
    from .payment_input import PaymentInput as PaymentInput
    from .receipt_reference_input import ReceiptReferenceInput as ReceiptReferenceInput
    from .received_invoice_created_event import ReceivedInvoiceCreatedEvent as ReceivedInvoiceCreatedEvent
    from .received_invoice_created_event_data import (
        ReceivedInvoiceCreatedEventData as ReceivedInvoiceCreatedEventData,
    )
    from .received_invoice_state_change_event import (
        ReceivedInvoiceStateChangeEvent as ReceivedInvoiceStateChangeEvent,
    )
    from .received_invoice_state_change_event_data import (
        ReceivedInvoiceStateChangeEventData as ReceivedInvoiceStateChangeEventData,
    )
    from .scheme import Scheme as Scheme
    from .sii_batch_finished_event import SiiBatchFinishedEvent as SiiBatchFinishedEvent
    from .sii_batch_finished_event_data import SiiBatchFinishedEventData as SiiBatchFinishedEventData
    from .tax_breakdown import TaxBreakdown as TaxBreakdown
    from .tax_breakdown_input import TaxBreakdownInput as TaxBreakdownInput
    from .tax_category import TaxCategory as TaxCategory
    from .tax_input import TaxInput as TaxInput
    from .tax_report import TaxReport as TaxReport
    from .tax_report_batch_accepted import TaxReportBatchAccepted as TaxReportBatchAccepted
    from .tax_report_batch_status import TaxReportBatchStatus as TaxReportBatchStatus
    from .tax_report_error import TaxReportError as TaxReportError
    from .tax_report_input import TaxReportInput as TaxReportInput
    from .tax_report_line import TaxReportLine as TaxReportLine
    from .tax_report_line_input import TaxReportLineInput as TaxReportLineInput
    from .tax_report_setting import TaxReportSetting as TaxReportSetting
    from .tax_report_setting_input import TaxReportSettingInput as TaxReportSettingInput
    from .tax_report_setting_update_input import TaxReportSettingUpdateInput as TaxReportSettingUpdateInput
    from .tax_report_state import TaxReportState as TaxReportState
    from .tax_report_state_change_event import TaxReportStateChangeEvent as TaxReportStateChangeEvent
    from .tax_report_state_change_event_data import (
        TaxReportStateChangeEventData as TaxReportStateChangeEventData,
    )
    from .tax_report_type import TaxReportType as TaxReportType
    from .tax_report_update_input import TaxReportUpdateInput as TaxReportUpdateInput
    from .tin_verification import TinVerification as TinVerification
    from .tin_verification_country import TinVerificationCountry as TinVerificationCountry
    from .tin_verification_entity import TinVerificationEntity as TinVerificationEntity
    from .tin_verification_finished_event import TinVerificationFinishedEvent as TinVerificationFinishedEvent
    from .tin_verification_finished_event_data import (
        TinVerificationFinishedEventData as TinVerificationFinishedEventData,
    )
    from .tin_verification_result import TinVerificationResult as TinVerificationResult
    from .transport import Transport as Transport
    from .transport_input import TransportInput as TransportInput
    from .transport_type import TransportType as TransportType
    from .type_operation import TypeOperation as TypeOperation
    from .validation_error_entry import ValidationErrorEntry as ValidationErrorEntry
    from .vat_regime import VatRegime as VatRegime
    from .web_hook import WebHook as WebHook
    from .web_hook_event_code import WebHookEventCode as WebHookEventCode
    from .web_hook_input import WebHookInput as WebHookInput

_MODULES: dict[str, str] = {
    "Account": "account",
    "AccountEvent": "account_event",
    "AccountInput": "account_input",
    "AccountRef": "account_ref",
    "AccountUpdateInput": "account_update_input",
    "AllowanceCharge": "allowance_charge",
    "AllowanceChargeIndicator": "allowance_charge_indicator",
    "AllowanceChargeInput": "allowance_charge_input",
    "AllowanceChargeTaxInput": "allowance_charge_tax_input",
    "BankAccount": "bank_account",
    "BankAccountInput": "bank_account_input",
    "CardAccountInput": "card_account_input",
    "Contact": "contact",
    "ContactInput": "contact_input",
    "ContactUpdateInput": "contact_update_input",
    "DirectoryDocument": "directory_document",
    "DirectoryEntry": "directory_entry",
    "DirectoryPending": "directory_pending",
    "DocumentType": "document_type",
    "EnterpriseSize": "enterprise_size",
    "Invoice": "invoice",
    "InvoiceAttachment": "invoice_attachment",
    "InvoiceContact": "invoice_contact",
    "InvoiceContactInput": "invoice_contact_input",
    "InvoiceInput": "invoice_input",
    "InvoiceLine": "invoice_line",
    "InvoiceLineInput": "invoice_line_input",
    "InvoiceListItem": "invoice_list_item",
    "InvoiceReference": "invoice_reference",
    "InvoiceSendResult": "invoice_send_result",
    "InvoiceSettableState": "invoice_settable_state",
    "InvoiceState": "invoice_state",
    "InvoiceStateInfo": "invoice_state_info",
    "InvoiceTax": "invoice_tax",
    "InvoiceType": "invoice_type",
    "InvoiceValidation": "invoice_validation",
    "IssuedInvoiceStateChangeEvent": "issued_invoice_state_change_event",
    "IssuedInvoiceStateChangeEventData": "issued_invoice_state_change_event_data",
    "ItemPropertyInput": "item_property_input",
    "Ledger": "ledger",
    "LedgerStateChangeEvent": "ledger_state_change_event",
    "LedgerStateChangeEventData": "ledger_state_change_event_data",
    "Payment": "payment",
    "PaymentDueInput": "payment_due_input",
    "PaymentInput": "payment_input",
    "ReceiptReferenceInput": "receipt_reference_input",
    "ReceivedInvoiceCreatedEvent": "received_invoice_created_event",
    "ReceivedInvoiceCreatedEventData": "received_invoice_created_event_data",
    "ReceivedInvoiceStateChangeEvent": "received_invoice_state_change_event",
    "ReceivedInvoiceStateChangeEventData": "received_invoice_state_change_event_data",
    "Scheme": "scheme",
    "SiiBatchFinishedEvent": "sii_batch_finished_event",
    "SiiBatchFinishedEventData": "sii_batch_finished_event_data",
    "TaxBreakdown": "tax_breakdown",
    "TaxBreakdownInput": "tax_breakdown_input",
    "TaxCategory": "tax_category",
    "TaxInput": "tax_input",
    "TaxReport": "tax_report",
    "TaxReportBatchAccepted": "tax_report_batch_accepted",
    "TaxReportBatchStatus": "tax_report_batch_status",
    "TaxReportError": "tax_report_error",
    "TaxReportInput": "tax_report_input",
    "TaxReportLine": "tax_report_line",
    "TaxReportLineInput": "tax_report_line_input",
    "TaxReportSetting": "tax_report_setting",
    "TaxReportSettingInput": "tax_report_setting_input",
    "TaxReportSettingUpdateInput": "tax_report_setting_update_input",
    "TaxReportState": "tax_report_state",
    "TaxReportStateChangeEvent": "tax_report_state_change_event",
    "TaxReportStateChangeEventData": "tax_report_state_change_event_data",
    "TaxReportType": "tax_report_type",
    "TaxReportUpdateInput": "tax_report_update_input",
    "TinVerification": "tin_verification",
    "TinVerificationCountry": "tin_verification_country",
    "TinVerificationEntity": "tin_verification_entity",
    "TinVerificationFinishedEvent": "tin_verification_finished_event",
    "TinVerificationFinishedEventData": "tin_verification_finished_event_data",
    "TinVerificationResult": "tin_verification_result",
    "Transport": "transport",
    "TransportInput": "transport_input",
    "TransportType": "transport_type",
    "TypeOperation": "type_operation",
    "ValidationErrorEntry": "validation_error_entry",
    "VatRegime": "vat_regime",
    "WebHook": "web_hook",
    "WebHookEventCode": "web_hook_event_code",
    "WebHookInput": "web_hook_input",
}

__all__ = [
    "Account",
    "AccountEvent",
    "AccountInput",
    "AccountRef",
    "AccountUpdateInput",
    "AllowanceCharge",
    "AllowanceChargeIndicator",
    "AllowanceChargeInput",
    "AllowanceChargeTaxInput",
    "BankAccount",
    "BankAccountInput",
    "CardAccountInput",
    "Contact",
    "ContactInput",
    "ContactUpdateInput",
    "DirectoryDocument",
    "DirectoryEntry",
    "DirectoryPending",
    "DocumentType",
    "EnterpriseSize",
    "Invoice",
    "InvoiceAttachment",
    "InvoiceContact",
    "InvoiceContactInput",
    "InvoiceInput",
    "InvoiceLine",
    "InvoiceLineInput",
    "InvoiceListItem",
    "InvoiceReference",
    "InvoiceSendResult",
    "InvoiceSettableState",
    "InvoiceState",
    "InvoiceStateInfo",
    "InvoiceTax",
    "InvoiceType",
    "InvoiceValidation",
    "IssuedInvoiceStateChangeEvent",
    "IssuedInvoiceStateChangeEventData",
    "ItemPropertyInput",
    "Ledger",
    "LedgerStateChangeEvent",
    "LedgerStateChangeEventData",
    "Payment",
    "PaymentDueInput",
    "PaymentInput",
    "ReceiptReferenceInput",
    "ReceivedInvoiceCreatedEvent",
    "ReceivedInvoiceCreatedEventData",
    "ReceivedInvoiceStateChangeEvent",
    "ReceivedInvoiceStateChangeEventData",
    "Scheme",
    "SiiBatchFinishedEvent",
    "SiiBatchFinishedEventData",
    "TaxBreakdown",
    "TaxBreakdownInput",
    "TaxCategory",
    "TaxInput",
    "TaxReport",
    "TaxReportBatchAccepted",
    "TaxReportBatchStatus",
    "TaxReportError",
    "TaxReportInput",
    "TaxReportLine",
    "TaxReportLineInput",
    "TaxReportSetting",
    "TaxReportSettingInput",
    "TaxReportSettingUpdateInput",
    "TaxReportState",
    "TaxReportStateChangeEvent",
    "TaxReportStateChangeEventData",
    "TaxReportType",
    "TaxReportUpdateInput",
    "TinVerification",
    "TinVerificationCountry",
    "TinVerificationEntity",
    "TinVerificationFinishedEvent",
    "TinVerificationFinishedEventData",
    "TinVerificationResult",
    "Transport",
    "TransportInput",
    "TransportType",
    "TypeOperation",
    "ValidationErrorEntry",
    "VatRegime",
    "WebHook",
    "WebHookEventCode",
    "WebHookInput",
]


def __getattr__(name: str) -> object:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
