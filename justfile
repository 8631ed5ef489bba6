# The words that people and CI use. Each is one line that can be typed by hand too.

default:
    @just --list

# Ruff, both halves
lint:
    ruff check .
    ruff format --check .

format:
    ruff check --fix .
    ruff format .

types:
    mypy

imports:
    lint-imports

test *args:
    pytest {{args}}

# Write the generated pages again, then build the site
docs:
    python scripts/docs.py
    mkdocs build --strict

# What CI runs, in a clean venv
check:
    .ci/run
