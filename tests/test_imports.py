import subprocess
import sys


def test_rooms_import_only_downwards(request):
    """In a process of its own: the linter configures logging, and would silence the loggers of the tests after it."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", code], cwd=request.config.rootpath, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_the_cpu_engine_does_not_load_torch_and_the_core_loads_no_qt():
    code = ("import sys, booth.app, booth.bench; from booth.translators import make_translator; make_translator('cpu').close(); "
            "print(sorted({m.split('.')[0] for m in sys.modules} & {'torch', 'PySide6', 'models'}))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
