# One command each, all thin. `make run` and `make test` set everything up on a fresh Debian 12 or Ubuntu 24.04.
ARGS ?=
SCREEN = $(shell command -v xvfb-run >/dev/null && echo xvfb-run -a -s '"-screen 0 1920x1080x24"' || echo env QT_QPA_PLATFORM=offscreen)

.PHONY: run test check bench soak faults day wheel package clean

run: .venv/.run
	.venv/bin/booth run $(ARGS)

test: .venv/.test
	$(SCREEN) .venv/bin/python -m pytest -n 2 --dist loadfile $(ARGS)

check: .venv/.test
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m pip check
	.venv/bin/python packaging/audit.py

bench: .venv/.run
	.venv/bin/booth bench $(ARGS)

soak: .venv/.run
	.venv/bin/python -m booth.bench.soak $(ARGS)

faults: .venv/.run
	$(SCREEN) .venv/bin/python -m booth.bench.faults --json faults.json $(ARGS)

day: .venv/.run
	.venv/bin/python -m booth.bench.day --json day.json $(ARGS)

wheel: .venv/.test
	.venv/bin/python -m build --wheel --no-isolation

package: .venv/.package
	packaging/build.sh
	packaging/try.sh
	packaging/deb.sh
	if [ "$$(id -u)" = 0 ] && command -v debootstrap >/dev/null; then packaging/try-deb.sh; fi

clean:
	rm -rf .venv build dist

.venv/.run .venv/.test .venv/.package: .venv/.%: pyproject.toml packaging/constraints.txt packaging/setup.sh
	packaging/setup.sh $*
