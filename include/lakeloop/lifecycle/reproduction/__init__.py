"""What lets a version be made again: its data in DVC's layout, its recipe, and the training that repeats it."""
