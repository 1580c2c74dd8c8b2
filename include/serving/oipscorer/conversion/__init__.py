"""An XGBoost model of MLflow as an ONNX model beside it. Needs the extra `conversion`; the server needs none of it."""
