"""Script: the notebook runner of this very package, whatever PYTHONPATH holds; the kernel gets PYTHONPATH as it is."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from include.localbricks.notebooks.__main__ import main

main()
