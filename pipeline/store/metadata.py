"""What all tables belong to (schema.py), and the type of their counters."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

metadata = MetaData()
Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts rows by INTEGER alone, which is as large
