"""The desk's page of releases: codes beyond a limit, asked for by one person and decided by another."""
