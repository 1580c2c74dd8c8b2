"""``python -m oipscorer.conversion FOLDER TO``: exits 0 and says how far the two are apart, or 1 and says why not."""

import argparse
import sys
from pathlib import Path

from ..errors import UnusableModelError
from .folders import to_onnx


def main() -> None:
    """Converts the folder that the command line names."""
    parser = argparse.ArgumentParser("oipscorer.conversion", description="Converts an XGBoost model to ONNX.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="what mlflow.xgboost.save_model wrote")
    parser.add_argument("to", type=Path, metavar="TO", help="a folder that is not there yet")
    options = parser.parse_args()
    try:
        parity = to_onnx(options.folder, options.to)
    except (UnusableModelError, FileExistsError) as error:
        print(f"oipscorer.conversion: {error}", file=sys.stderr)
        sys.exit(1)
    print(f"{options.to}: on {parity.rows} rows up to {parity.apart:.3g} from the booster")


if __name__ == "__main__":
    main()
