#!/bin/sh
# Print the newest Python that the collection's own tests can run on.
#
# Each candidate is executed, never only looked up: a pyenv shim is on PATH for versions that do not start,
# and a distribution's Python may come without the modules that make a virtual environment.
for version in 3.14 3.13 3.12 3.11; do
    for candidate in "python$version" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/"python$version"; do
        "$candidate" -c 'import ensurepip, sys, venv; print(sys.executable)' 2>/dev/null && exit 0
    done
done
echo 'No Python from 3.11 to 3.14 with the modules venv and ensurepip was found; name one with: make PYTHON=/path/to/python' >&2
exit 1
