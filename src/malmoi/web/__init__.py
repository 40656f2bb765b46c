"""The chat page and its small JSON API: Gradio mounted on FastAPI, over the `Malmoi` facade."""
