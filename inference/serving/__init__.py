"""The life of a model server: its environment, its command, its health, and who has the GPU."""
