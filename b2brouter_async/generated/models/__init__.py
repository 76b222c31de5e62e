"""Every model and enumeration of the spec; each is loaded when it is first touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._lazy import lazy_names

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
    from .dictionaries import AccountInputDict as AccountInputDict
    from .dictionaries import AccountUpdateInputDict as AccountUpdateInputDict
    from .dictionaries import AllowanceChargeInputDict as AllowanceChargeInputDict
    from .dictionaries import AllowanceChargeTaxInputDict as AllowanceChargeTaxInputDict
    from .dictionaries import BankAccountInputDict as BankAccountInputDict
    from .dictionaries import CardAccountInputDict as CardAccountInputDict
    from .dictionaries import ContactInputDict as ContactInputDict
    from .dictionaries import ContactUpdateInputDict as ContactUpdateInputDict
    from .dictionaries import InvoiceContactInputDict as InvoiceContactInputDict
    from .dictionaries import InvoiceInputDict as InvoiceInputDict
    from .dictionaries import InvoiceLineInputDict as InvoiceLineInputDict
    from .dictionaries import InvoiceReferenceDict as InvoiceReferenceDict
    from .dictionaries import ItemPropertyInputDict as ItemPropertyInputDict
    from .dictionaries import PaymentDueInputDict as PaymentDueInputDict
    from .dictionaries import PaymentInputDict as PaymentInputDict
    from .dictionaries import ReceiptReferenceInputDict as ReceiptReferenceInputDict
    from .dictionaries import TaxBreakdownInputDict as TaxBreakdownInputDict
    from .dictionaries import TaxInputDict as TaxInputDict
    from .dictionaries import TaxReportInputDict as TaxReportInputDict
    from .dictionaries import TaxReportLineInputDict as TaxReportLineInputDict
    from .dictionaries import TaxReportSettingInputDict as TaxReportSettingInputDict
    from .dictionaries import TaxReportSettingUpdateInputDict as TaxReportSettingUpdateInputDict
    from .dictionaries import TaxReportUpdateInputDict as TaxReportUpdateInputDict
    from .dictionaries import TinVerificationEntityDict as TinVerificationEntityDict
    from .dictionaries import TransportInputDict as TransportInputDict
    from .dictionaries import WebHookInputDict as WebHookInputDict
    from .directory_document import DirectoryDocument as DirectoryDocument
    from .directory_entry import DirectoryEntry as DirectoryEntry
    from .directory_pending import DirectoryPending as DirectoryPending
    from .document_type import DocumentType as DocumentType
    from .enterprise_size import EnterpriseSize as EnterpriseSize
    from .invoice import Invoice as Invoice
    from .invoice_attachment import InvoiceAttachment as InvoiceAttachment
    from .invoice_company import InvoiceCompany as InvoiceCompany
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
    from .tax_report_rejection import TaxReportRejection as TaxReportRejection
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
    from .validation_finding import ValidationFinding as ValidationFinding
    from .vat_regime import VatRegime as VatRegime
    from .web_hook import WebHook as WebHook
    from .web_hook_event_code import WebHookEventCode as WebHookEventCode
    from .web_hook_input import WebHookInput as WebHookInput

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "account": ("Account",),
            "account_event": ("AccountEvent",),
            "account_input": ("AccountInput",),
            "account_ref": ("AccountRef",),
            "account_update_input": ("AccountUpdateInput",),
            "allowance_charge": ("AllowanceCharge",),
            "allowance_charge_indicator": ("AllowanceChargeIndicator",),
            "allowance_charge_input": ("AllowanceChargeInput",),
            "allowance_charge_tax_input": ("AllowanceChargeTaxInput",),
            "bank_account": ("BankAccount",),
            "bank_account_input": ("BankAccountInput",),
            "card_account_input": ("CardAccountInput",),
            "contact": ("Contact",),
            "contact_input": ("ContactInput",),
            "contact_update_input": ("ContactUpdateInput",),
            "dictionaries": (
                "AccountInputDict",
                "AccountUpdateInputDict",
                "AllowanceChargeInputDict",
                "AllowanceChargeTaxInputDict",
                "BankAccountInputDict",
                "CardAccountInputDict",
                "ContactInputDict",
                "ContactUpdateInputDict",
                "InvoiceContactInputDict",
                "InvoiceInputDict",
                "InvoiceLineInputDict",
                "InvoiceReferenceDict",
                "ItemPropertyInputDict",
                "PaymentDueInputDict",
                "PaymentInputDict",
                "ReceiptReferenceInputDict",
                "TaxBreakdownInputDict",
                "TaxInputDict",
                "TaxReportInputDict",
                "TaxReportLineInputDict",
                "TaxReportSettingInputDict",
                "TaxReportSettingUpdateInputDict",
                "TaxReportUpdateInputDict",
                "TinVerificationEntityDict",
                "TransportInputDict",
                "WebHookInputDict",
            ),
            "directory_document": ("DirectoryDocument",),
            "directory_entry": ("DirectoryEntry",),
            "directory_pending": ("DirectoryPending",),
            "document_type": ("DocumentType",),
            "enterprise_size": ("EnterpriseSize",),
            "invoice": ("Invoice",),
            "invoice_attachment": ("InvoiceAttachment",),
            "invoice_company": ("InvoiceCompany",),
            "invoice_contact": ("InvoiceContact",),
            "invoice_contact_input": ("InvoiceContactInput",),
            "invoice_input": ("InvoiceInput",),
            "invoice_line": ("InvoiceLine",),
            "invoice_line_input": ("InvoiceLineInput",),
            "invoice_list_item": ("InvoiceListItem",),
            "invoice_reference": ("InvoiceReference",),
            "invoice_send_result": ("InvoiceSendResult",),
            "invoice_settable_state": ("InvoiceSettableState",),
            "invoice_state": ("InvoiceState",),
            "invoice_state_info": ("InvoiceStateInfo",),
            "invoice_tax": ("InvoiceTax",),
            "invoice_type": ("InvoiceType",),
            "invoice_validation": ("InvoiceValidation",),
            "issued_invoice_state_change_event": ("IssuedInvoiceStateChangeEvent",),
            "issued_invoice_state_change_event_data": ("IssuedInvoiceStateChangeEventData",),
            "item_property_input": ("ItemPropertyInput",),
            "ledger": ("Ledger",),
            "ledger_state_change_event": ("LedgerStateChangeEvent",),
            "ledger_state_change_event_data": ("LedgerStateChangeEventData",),
            "payment": ("Payment",),
            "payment_due_input": ("PaymentDueInput",),
            "payment_input": ("PaymentInput",),
            "receipt_reference_input": ("ReceiptReferenceInput",),
            "received_invoice_created_event": ("ReceivedInvoiceCreatedEvent",),
            "received_invoice_created_event_data": ("ReceivedInvoiceCreatedEventData",),
            "received_invoice_state_change_event": ("ReceivedInvoiceStateChangeEvent",),
            "received_invoice_state_change_event_data": ("ReceivedInvoiceStateChangeEventData",),
            "scheme": ("Scheme",),
            "sii_batch_finished_event": ("SiiBatchFinishedEvent",),
            "sii_batch_finished_event_data": ("SiiBatchFinishedEventData",),
            "tax_breakdown": ("TaxBreakdown",),
            "tax_breakdown_input": ("TaxBreakdownInput",),
            "tax_category": ("TaxCategory",),
            "tax_input": ("TaxInput",),
            "tax_report": ("TaxReport",),
            "tax_report_batch_accepted": ("TaxReportBatchAccepted",),
            "tax_report_batch_status": ("TaxReportBatchStatus",),
            "tax_report_error": ("TaxReportError",),
            "tax_report_input": ("TaxReportInput",),
            "tax_report_line": ("TaxReportLine",),
            "tax_report_line_input": ("TaxReportLineInput",),
            "tax_report_rejection": ("TaxReportRejection",),
            "tax_report_setting": ("TaxReportSetting",),
            "tax_report_setting_input": ("TaxReportSettingInput",),
            "tax_report_setting_update_input": ("TaxReportSettingUpdateInput",),
            "tax_report_state": ("TaxReportState",),
            "tax_report_state_change_event": ("TaxReportStateChangeEvent",),
            "tax_report_state_change_event_data": ("TaxReportStateChangeEventData",),
            "tax_report_type": ("TaxReportType",),
            "tax_report_update_input": ("TaxReportUpdateInput",),
            "tin_verification": ("TinVerification",),
            "tin_verification_country": ("TinVerificationCountry",),
            "tin_verification_entity": ("TinVerificationEntity",),
            "tin_verification_finished_event": ("TinVerificationFinishedEvent",),
            "tin_verification_finished_event_data": ("TinVerificationFinishedEventData",),
            "tin_verification_result": ("TinVerificationResult",),
            "transport": ("Transport",),
            "transport_input": ("TransportInput",),
            "transport_type": ("TransportType",),
            "type_operation": ("TypeOperation",),
            "validation_error_entry": ("ValidationErrorEntry",),
            "validation_finding": ("ValidationFinding",),
            "vat_regime": ("VatRegime",),
            "web_hook": ("WebHook",),
            "web_hook_event_code": ("WebHookEventCode",),
            "web_hook_input": ("WebHookInput",),
        },
    )
