"""Letters on the wire: building, signing, handing over, and reading what comes back. Knows no room."""
