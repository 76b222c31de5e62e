"""Spreadsheets as small as they can be, written by hand."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    "</Types>"
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


class Formula(str):
    """A formula, with its value behind `=`."""

    __slots__ = ()


class Wrong(str):
    """A cell whose formula came to an error."""

    __slots__ = ()


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[object]]],
    merged: Sequence[str] = (),
    *,
    hidden: Sequence[int] = (),
    hidden_sheets: Sequence[str] = (),
    never_reckoned: bool = False,
) -> bytes:
    """Return a workbook; merged cells and hidden rows belong to the first sheet."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as book:
        book.writestr("[Content_Types].xml", _TYPES)
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_RELS}"><Relationship Id="r1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        states = dict.fromkeys(hidden_sheets, ' state="hidden"')
        names = "".join(
            f'<sheet name="{escape(name)}" sheetId="{at}"{states.get(name, "")} r:id="r{at}"/>'
            for at, name in enumerate(sheets, 1)
        )
        reckoned = '<calcPr fullCalcOnLoad="1"/>' if never_reckoned else ""
        unseen = dict.fromkeys(hidden, ' hidden="1"')
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{names}</sheets>{reckoned}</workbook>',
        )
        rels = "".join(
            f'<Relationship Id="r{at}" Type="{_REL}/worksheet" Target="worksheets/sheet{at}.xml"/>'
            for at in range(1, len(sheets) + 1)
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_RELS}">{rels}<Relationship Id="s" Type="{_REL}/styles" Target="styles.xml"/></Relationships>',
        )
        book.writestr("xl/styles.xml", _STYLES)
        for at, rows in enumerate(sheets.values(), 1):
            cells = "".join(
                f'<row r="{line}"{unseen.get(line, "") if at == 1 else ""}>{"".join(_cell(line, column, value) for column, value in enumerate(row))}</row>'
                for line, row in enumerate(rows, 1)
            )
            areas = "".join(f'<mergeCell ref="{area}"/>' for area in merged) if at == 1 else ""
            areas = f"<mergeCells>{areas}</mergeCells>" if areas else ""
            book.writestr(
                f"xl/worksheets/sheet{at}.xml",
                f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData>{areas}</worksheet>',
            )
    return data.getvalue()


def _cell(line: int, column: int, value: object) -> str:
    place = f'r="{chr(65 + column)}{line}"'
    if value is None:
        return ""
    if isinstance(value, Wrong):
        return f'<c {place} t="e"><f>A1+1</f><v>{escape(value)}</v></c>'
    if isinstance(value, Formula):
        return f"<c {place}><f>A1+1</f><v>{escape(value)}</v></c>"
    if isinstance(value, datetime.date):
        whole = (
            value
            if isinstance(value, datetime.datetime)
            else datetime.datetime(value.year, value.month, value.day)
        )
        days = (whole - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
        return f'<c {place} s="1"><v>{days!r}</v></c>'
    if isinstance(value, bool):
        return f'<c {place} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c {place}><v>{value!r}</v></c>"
    return f'<c {place} t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def ods(rows: Sequence[Sequence[object]], *, hidden: Sequence[int] = ()) -> bytes:
    """Return an OpenDocument spreadsheet with one sheet."""

    def cell(value: object) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, Wrong):
            return (
                '<table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0" calcext:value-type="error">'
                f"<text:p>{escape(value)}</text:p></table:table-cell>"
            )
        if isinstance(value, Formula) and not value:
            return '<table:table-cell table:formula="of:=[.A1]"/>'
        if isinstance(value, datetime.date):
            return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"><text:p>{value}</text:p></table:table-cell>'
        if isinstance(value, (int, float)):
            return f'<table:table-cell office:value-type="float" office:value="{value!r}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    unseen = dict.fromkeys(hidden, ' table:visibility="filter"')
    body = "".join(
        f"<table:table-row{unseen.get(line, '')}>{''.join(map(cell, row))}</table:table-row>"
        for line, row in enumerate(rows, 1)
    )
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="S">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
            '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>',
        )
        book.writestr("content.xml", content)
    return data.getvalue()
