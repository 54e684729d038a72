"""docs/settings.md names exactly the settings that the code reads."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_setting_is_documented_and_none_is_invented() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    read = set(re.findall(r"\"(AMIRAL_[A-Z_]+)\"", code))
    documented = set(
        re.findall(r"^\| `(AMIRAL_[A-Z_]+)`", (ROOT / "docs/settings.md").read_text("utf-8"), re.M)
    )
    assert read == documented
