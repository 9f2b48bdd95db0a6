"""A vulnerable package fails ``make check``; a service that nobody can reach does not, and is not taken for a clean bill."""

import json
import os
import subprocess
import sys

import pytest

CLEAN = {"name": "numpy", "version": "1.26.4", "vulns": []}
BAD = {"name": "pillow", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.0"]}]}
UNKNOWN = {"name": "mine", "skip_reason": "Dependency not found on PyPI and could not be audited: mine (1)"}


@pytest.mark.parametrize(("answer", "code", "words"), [
    ([CLEAN, UNKNOWN], 0, "0 known vulnerabilities in 1 packages; the index does not know 1"),
    ([CLEAN, BAD], 1, "pillow 1.0: PYSEC-1, mended in 2.0"),
    ([UNKNOWN], 0, "NOT DONE, nobody could be asked (the index knows nothing of these 1 packages)"),
    (None, 0, "NOT DONE, nobody could be asked (ConnectionError: no route)"),
])
def test_what_the_audit_says(tmp_path, request, answer, code, words):
    says = f"print({json.dumps(json.dumps({'dependencies': answer}))}); sys.exit({code})" if answer else "sys.exit('ConnectionError: no route')"
    (tmp_path / "pip_audit.py").write_text(f"import sys\n{says}\n")
    done = subprocess.run([sys.executable, request.config.rootpath / "packaging" / "audit.py"], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(tmp_path)}, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (code, "")
    assert words in done.stdout
