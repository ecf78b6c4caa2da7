"""Tables that people upload: CSV and XLSX files, read in a process of their own and within limits."""
