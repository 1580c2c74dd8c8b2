"""What computes scores from a float32 matrix: XGBoost's own library, or ONNX Runtime."""
