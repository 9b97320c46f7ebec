"""Request, review, grant, access, receipt; masks, purposes, the gateway."""
