"""How a model is made: the split by time, the models, and the rules of thumb that they have to beat."""
