"""Known vulnerabilities of what is installed here; a part of ``make check``.

Exit code 1 where there are any. Where nobody can be asked (no network, a mirror that knows nothing of them) it says so in a line and ends
with 0: that says nothing about what is installed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

AUDIT = (sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable", "--timeout", "15")
LONGEST_S = 600


def asked() -> list[dict[str, Any]] | str:
    """What pip-audit found for each package, or in a line why it found nothing."""
    try:
        done = subprocess.run(AUDIT, capture_output=True, text=True, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        return f"no answer within {LONGEST_S} s"
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
    return packages if any("skip_reason" not in one for one in packages) else f"the index knows nothing of these {len(packages)} packages"


def main() -> int:
    packages = asked()
    if isinstance(packages, str):
        print(f"audit: NOT DONE, nobody could be asked ({packages})")
        return 0
    known = [one for one in packages if "skip_reason" not in one]
    found = [(one, flaw) for one in known for flaw in one["vulns"]]
    for one, flaw in found:
        print(f"audit: {one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}")
    print(f"audit: {len(found)} known vulnerabilities in {len(known)} packages; the index does not know {len(packages) - len(known)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
