"""What each target is made of: ONNX trees, trees in eight bits, C."""

from .targets import ONNX, ONNX_INT8, TARGETS, C, Made, made

__all__ = ["ONNX", "ONNX_INT8", "TARGETS", "C", "Made", "made"]
