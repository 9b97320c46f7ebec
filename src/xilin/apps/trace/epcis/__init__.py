"""EPCIS 2.0 documents (产品电子代码信息服务): vocabulary, schema, JSON and XML, hashes."""
