"""Model Serving: endpoints of registered models, each behind a scorer process of its own."""
