"""The properties of the laws with many examples: ``python bench/fuzz.py [EXAMPLES]`` (1,500 each by default).

A failure prints the bytes that led to it as a blob that reproduces it.
"""

from __future__ import annotations

import os
import subprocess
import sys

if __name__ == "__main__":
    examples = sys.argv[1] if len(sys.argv) > 1 else "1500"
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "bench", "HYPOTHESIS_EXAMPLES": examples}
    sys.exit(subprocess.call([sys.executable, "-m", "pytest", "-q", "-k", "any", "tests/laws"], env=environment))
