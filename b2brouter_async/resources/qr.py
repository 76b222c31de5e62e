"""QR codes of tax reports: as the reply brings them, and as drawings for print (behaviour 57)."""

from __future__ import annotations

import base64
import binascii
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from attrs import field, frozen

from .._core.files import write_whole
from ..errors import ArgumentError, B2BrouterError, ConfigurationError

if TYPE_CHECKING:
    import os

    from ..errors import Retry
    from ..generated.models.tax_report import TaxReport

_PNG = b"\x89PNG\r\n\x1a\n"
_LEVEL = "m"
"""The share that may be dirty: 15 %, which the Spanish tax authority asks for."""
_BORDER = 4
"""Modules of white around a drawing: what the standard of QR codes asks for."""


class NoQRCodeError(B2BrouterError):
    """There is no QR code.

    Attributes:
        tax_report_id: the report that has none; None where there is no report.
        retry: `later` where one may still come.
    """

    def __init__(self, problem: str, *, tax_report_id: int | None = None, retry: Retry = "never") -> None:
        """Tell why."""
        super().__init__(problem)
        self.tax_report_id = tax_report_id
        self.retry: Retry = retry


@frozen
class QRCode:
    """The QR code of a tax report, for the invoice that it is about.

    Example:
        code = await client.tax_reports.qr(5)
        print(code.text)

    Attributes:
        text: what it says, where the reply tells: for VeriFactu the address at which the tax authority shows the report.
    """

    text: str | None
    _picture: bytes | None = field(repr=False)

    @property
    def png(self) -> bytes:
        """The picture: the server's own where it brought one, else drawn from the text.

        Raises:
            ConfigurationError: it must be drawn, and segno is not installed.
        """
        if self._picture is not None:
            return self._picture
        out = io.BytesIO()
        self._drawing().save(out, kind="png", scale=8, border=_BORDER)
        return out.getvalue()

    def svg(self, *, size: float = 35.0) -> str:
        """Return the code as SVG, sharp at any size.

        Example:
            code = await client.tax_reports.qr(5)
            html = f"<figure>{code.svg(size=35.0)}</figure>"

        Where the reply tells what it says, it is drawn anew with the same text. Else, for TicketBAI, the SVG holds the
        server's picture.

        Args:
            size: millimetres of its edge, without the white around it. The Spanish tax authority asks for 30 to 40.

        Raises:
            ArgumentError: the size is none.
            ConfigurationError: it must be drawn, and segno is not installed.
        """
        if not 0 < size < 10_000:
            raise ArgumentError(f"{size} mm is no size", argument="size")
        if self.text is None:
            assert self._picture is not None
            data = base64.b64encode(self._picture).decode("ascii")
            return (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{size:g}mm" height="{size:g}mm" viewBox="0 0 1 1">'
                '<image width="1" height="1" style="image-rendering:pixelated" '
                f'href="data:image/png;base64,{data}"/></svg>\n'
            )
        code = self._drawing()
        modules = code.symbol_size(border=0)[0]
        out = io.BytesIO()
        code.save(out, kind="svg", scale=size / modules, unit="mm", border=_BORDER, xmldecl=False)
        return out.getvalue().decode("utf-8")

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the code to disk, whole or not at all.

        Example:
            code = await client.tax_reports.qr(5)
            await code.save("qr.svg")

        Args:
            path: where to; it ends in `.png` or `.svg`. What stood there is replaced.

        Returns:
            Where it is now.

        Raises:
            ArgumentError: the path ends otherwise.
            ConfigurationError: it must be drawn, and segno is not installed.
            OSError: it could not be written.
        """
        target = Path(path)
        kind = target.suffix.lower()
        if kind not in (".png", ".svg"):
            raise ArgumentError(f"{target.name!r} ends neither in .png nor in .svg", argument="path")
        content = self.png if kind == ".png" else self.svg().encode()
        await anyio.to_thread.run_sync(write_whole, target, content)
        return target

    def _drawing(self) -> Any:
        try:
            import segno  # only who draws pays for it
        except ModuleNotFoundError:
            raise ConfigurationError(
                "drawing a QR code needs segno; install it with: pip install 'b2brouter-async[qr]'"
            ) from None
        assert self.text is not None
        return segno.make(self.text, error=_LEVEL, boost_error=False, micro=False)


def qr_code(report: TaxReport) -> QRCode:
    """Return the QR code that a tax report has brought.

    Example:
        report = await client.tax_reports.wait_for(5)
        qr_code(report).svg()

    Args:
        report: the report, as it was read.

    Raises:
        NoQRCodeError: it has none, or none yet: VeriFactu brings it at once, TicketBAI when the report is chained.
        ArgumentError: it is no tax report.
    """
    if not hasattr(report, "qr"):
        raise ArgumentError(
            f"expected a tax report, got {type(report).__name__}; await client.tax_reports.get(id) gives one",
            argument="report",
        )
    picture, text = _picture(report.qr), None
    if str(report.type).lower() == "verifactu" and _is_address(report.identifier):
        text = report.identifier  # of other systems nobody says that the code holds the identifier
    elif picture is None and _is_address(report.qr):
        text = report.qr
    if picture is None and text is None:
        raise _none(report)
    return QRCode(text, picture)


def _none(report: TaxReport) -> NoQRCodeError:
    if report.annullation:
        why, retry = "it annuls another one", False
    elif report.qr:
        why, retry = "what the reply brings is neither a PNG nor an address", False
    elif report.chained_at is None and report.state not in _ENDED:
        why, retry = f"it is {report.state} and not chained yet; wait for it", True
    else:
        why, retry = f"a report of type {report.type or report.label or 'unknown'} may bring none", False
    return NoQRCodeError(
        f"tax report {report.id} has no QR code: {why}",
        tax_report_id=report.id,
        retry="later" if retry else "never",
    )


_ENDED = ("registered", "registered_with_errors", "annulled", "error", "refused", "invalid")


def _is_address(text: str | None) -> bool:
    return text is not None and text.startswith(("https://", "http://"))


def _picture(encoded: str | None) -> bytes | None:
    """Return the picture that a reply brings: PNG in base64, with or without a `data:` in front."""
    encoded = encoded or ""
    if encoded.startswith("data:"):
        encoded = encoded.partition(",")[2]
    try:
        picture = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return picture if picture.startswith(_PNG) else None
