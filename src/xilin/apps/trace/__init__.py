"""Product traceability and anti-counterfeit (产品追溯防伪): EPCIS 2.0 events, genealogy, codes, verdicts."""
