"""The Open Inference Protocol's JSON: requests, tensors, answers.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""
