"""Sheets that small producers send (表格导入): templates, a safe reader, rows that become products, batches and events."""
