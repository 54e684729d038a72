"""Where the photographs of reports lie: sealed files named by the id of their row."""

from amiral.kit.sealed import SealedFolder

PICTURES = SealedFolder("report-pictures")
