"""What grpcio-tools makes of the two protocol files; `python tests/oipscorer_testing/generation.py` makes it anew.

open_inference_grpc.proto is that of https://github.com/kserve/open-inference-protocol at commit d49cc23f, unchanged:
Copyright 2023 The KServe Authors, Apache License 2.0 (see its head).
"""
