"""A report as people see it: words, PDF (typst), spreadsheet (openpyxl), a page that stands alone.

All of it is made from the frozen content and the language alone. No database is asked.
"""
