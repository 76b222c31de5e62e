"""CodeLists: document_types, transport_types, invoice_states, schemes"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.operation import Resource, endpoint

if TYPE_CHECKING:
    from ..api.code_lists.document_types import document_types as _document_types
    from ..api.code_lists.invoice_states import invoice_states as _invoice_states
    from ..api.code_lists.schemes import schemes as _schemes
    from ..api.code_lists.transport_types import transport_types as _transport_types


class CodeLists(Resource):
    """Operations on code lists."""

    __slots__ = ()

    if TYPE_CHECKING:
        document_types = _document_types
        transport_types = _transport_types
        invoice_states = _invoice_states
        schemes = _schemes
    else:
        document_types = endpoint("code_lists.document_types")
        transport_types = endpoint("code_lists.transport_types")
        invoice_states = endpoint("code_lists.invoice_states")
        schemes = endpoint("code_lists.schemes")
