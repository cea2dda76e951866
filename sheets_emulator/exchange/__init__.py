"""Spreadsheets in other formats: CSV, TSV, XLSX and PDF out, CSV and TSV in."""
