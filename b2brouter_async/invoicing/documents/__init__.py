"""E-invoices into invoices of a request: what each element becomes, and what has no place there.

`reading.py` reads any document; each syntax has its module, which says element by element where things go. Whatever such a
module doesn't ask for is listed as left out, so nothing is lost because it was forgotten.
"""
