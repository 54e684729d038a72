"""Reading back a printed walk list: from the photograph of a page to the box that was ticked at each door.

One function says where everything stands on paper, for printing and for reading::

    sheet = layout(columns=6)  # drawn with sheet.box(row, column), sheet.marks, sheet.qr
    for code in find_codes(grey):  # the text of each QR code in the picture, and its corners
        page = read_page(grey, code.corners, sheet, rows=[True, False, …])  # which rows have boxes
        page.rows[0].verdict, page.rows[0].column

Arrays in, dataclasses out: no Django, no file, no clock. What is not certain is said to be doubtful; the
laws in tests/cores/marks hold that nothing is wrong without being doubtful.
"""

from .codes import CODE_LENGTH, FoundCode, code_in, find_codes, page_code
from .judging import Mark, RowReading, Verdict, judge_row
from .layout import LAYOUT_VERSION, PAGE_HEIGHT_MM, PAGE_WIDTH_MM, ROWS, Box, Layout, layout
from .page import PageReading, Unreadable, WhyUnreadable, read_page
from .plane import PX_PER_MM

__all__ = [
    "CODE_LENGTH",
    "LAYOUT_VERSION",
    "PAGE_HEIGHT_MM",
    "PAGE_WIDTH_MM",
    "PX_PER_MM",
    "ROWS",
    "Box",
    "FoundCode",
    "Layout",
    "Mark",
    "PageReading",
    "RowReading",
    "Unreadable",
    "Verdict",
    "WhyUnreadable",
    "code_in",
    "find_codes",
    "judge_row",
    "layout",
    "page_code",
    "read_page",
]
