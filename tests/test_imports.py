import subprocess
import sys

from importlinter.cli import lint_imports


def test_rooms_import_only_downwards(monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    assert lint_imports() == 0


def test_the_cpu_engine_does_not_load_torch_and_the_core_loads_no_qt():
    code = ("import sys, booth.app, booth.bench; from booth.translators import make_translator; make_translator('cpu').close(); "
            "print(sorted({m.split('.')[0] for m in sys.modules} & {'torch', 'PySide6', 'models'}))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
