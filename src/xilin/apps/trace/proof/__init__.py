"""What proves a code: signatures that need no network, and the messages of NFC chips."""
