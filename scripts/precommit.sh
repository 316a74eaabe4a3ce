#!/usr/bin/env bash
# Everything that a commit must pass; `--fix` formats and mends what can be mended.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t cpp < <(git ls-files --cached --others --exclude-standard '*.c' '*.cpp' '*.h' ':!test/**/golden/**' ':!test/**/golden_sources/**')
if [[ "${1:-}" == --fix ]]; then
    ruff check --fix .
    ruff format .
    clang-format -i "${cpp[@]}"
fi
ruff check .
ruff format --check .
mypy
clang-format --dry-run -Werror "${cpp[@]}"
lit -v test
pytest -n auto --dist loadfile
