"""The wheel holds what it needs and runs from any folder."""

import os
import subprocess
import sys
import zipfile

import pytest

pytest.importorskip("build", reason="the packaging tools are not installed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory, request):
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)], check=True, capture_output=True,
                   timeout=120, cwd=request.config.rootpath)
    return next(out.glob("toonbooth-*.whl"))


def test_contents(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {n.split("/")[0] for n in names if ".dist-info/" not in n}
    assert tops == {"booth", "toonbooth"}
    for needed in ("toonbooth/assets/styles/romance/style.toml", "toonbooth/assets/demo/astronaut.npz", "toonbooth/weights/manifest.toml",
                   "toonbooth/weights/translator_live.onnx", "booth/__main__.py"):
        assert needed in names
    assert not [n for n in names if "tests/" in n or n.startswith("models")]


def test_it_runs_from_any_folder_with_its_own_assets(wheel, tmp_path, photo):
    """Installed beside the libraries of this environment, run where no checkout is."""
    from PIL import Image
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site), str(wheel)], check=True, timeout=120)
    Image.fromarray(photo).save(work / "in.png")
    env = {**os.environ, "PYTHONPATH": str(site)}
    where = subprocess.run([sys.executable, "-c", "import booth; print(booth.__file__)"], cwd=work, env=env, capture_output=True, text=True,
                           check=True, timeout=60)
    assert where.stdout.startswith(str(site))
    done = subprocess.run([str(site / "bin" / "booth"), "image", "in.png", "out.png"], cwd=work, env=env, capture_output=True, text=True,
                          timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (work / "out.png").stat().st_size > 10_000
