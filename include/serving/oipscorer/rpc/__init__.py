"""gRPC: the protocol's service GRPCInferenceService over the same inference as HTTP."""
