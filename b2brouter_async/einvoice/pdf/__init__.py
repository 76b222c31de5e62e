"""Takes attached files out of a PDF from a stranger, in little memory and time, whatever is inside.

A PDF can be small and ask for gigabytes and hours: packed a thousand to one, packed many times over, or full of objects
without end. Libraries for all of PDF unpack first and measure afterwards. This one reads only the way from the file's
end to its attachments, unpacks piece by piece, and counts what that costs while it goes on.
"""

from .file import Attachment, PdfFile
from .work import DamagedPdf, EncryptedPdf, TooManyBytes, TooMuchWork

__all__ = ["Attachment", "DamagedPdf", "EncryptedPdf", "PdfFile", "TooManyBytes", "TooMuchWork"]
