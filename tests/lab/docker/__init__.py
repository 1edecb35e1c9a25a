"""Docker for the end-to-end tests: a daemon, the images by their well-known names, a registry.

`python -m tests.lab.docker` prepares all of it. Where the official images can be pulled they are
used; elsewhere stand-ins are built from Debian's, PyPI's and the other languages' packages.
"""

from __future__ import annotations
