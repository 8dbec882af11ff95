"""What was entered into the fields of a PDF form: it is drawn on the page, yet not part of its text."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from bot.parsing.parsed import one_line

_MAX_FIELDS = 5_000
_MAX_BYTES = 200_000
_TICKED = {pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON}
_WITH_TEXT = {
    pdfium_c.FPDF_FORMFIELD_TEXTFIELD,
    pdfium_c.FPDF_FORMFIELD_COMBOBOX,
    pdfium_c.FPDF_FORMFIELD_LISTBOX,
}


def form_fields(document: pdfium.PdfDocument) -> list[list[str]]:
    """For each page its fields that are filled in, as "name: value"."""
    if document.get_formtype() == pdfium_c.FORMTYPE_NONE:
        return [[] for _ in range(len(document))]
    document.init_forms()
    pages: list[list[str]] = []
    left = _MAX_FIELDS
    for number in range(len(document)):
        page = document[number]
        try:
            fields = list(_fields(page, document.formenv, left))
        finally:
            page.close()
        left -= len(fields)
        pages.append(fields)
    return pages


def _fields(page: pdfium.PdfPage, form: Any, most: int) -> Iterator[str]:
    for number in range(min(pdfium_c.FPDFPage_GetAnnotCount(page), most)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, annotation)
            name = _said(pdfium_c.FPDFAnnot_GetFormFieldAlternateName, form, annotation) or _said(
                pdfium_c.FPDFAnnot_GetFormFieldName, form, annotation
            )
            if kind in _WITH_TEXT:
                value = _said(pdfium_c.FPDFAnnot_GetFormFieldValue, form, annotation)
                if value:
                    yield f"{name}: {value}"
            elif kind in _TICKED and pdfium_c.FPDFAnnot_IsChecked(form, annotation):
                value = _said(pdfium_c.FPDFAnnot_GetFormFieldExportValue, form, annotation)
                yield f"{name}: ☑ {value}".rstrip()
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)


def _said(ask: Callable[..., int], form: Any, annotation: Any) -> str:
    length = ask(form, annotation, None, 0)
    if not 2 < length <= _MAX_BYTES:
        return ""
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    ask(form, annotation, buffer, length)
    return one_line(bytes(buffer).decode("utf-16-le", "replace").split("\0")[0])
