//! WARC/1.1 records: bytes to records and back.
