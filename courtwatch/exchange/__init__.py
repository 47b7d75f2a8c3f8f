"""In and out: registers by mapping, workbooks and form exports; an organisation's own data out."""
