"""``python generator.py MODEL FOLDER``: an XGBoost model in JSON as C, by TL2cgen.

Runs in the environment of tl2cgen.txt, where nothing of this package is: TL2cgen is used by exports to C alone.
"""

import sys
from pathlib import Path

import tl2cgen
import treelite


def main(model: Path, folder: Path) -> None:
    """Writes ``main.c`` and ``header.h``."""
    trees = treelite.frontend.load_xgboost_model(model, format_choice="json")
    tl2cgen.generate_c_code(trees, dirpath=folder, params={})


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
