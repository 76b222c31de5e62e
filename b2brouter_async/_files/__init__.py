"""Files of invoices in a folder: named by a pattern, never outside it, never over another's."""
