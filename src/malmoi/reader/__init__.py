"""Whether a passage answers a question, and in which sentence: a small network over the bundled embedding."""

from malmoi.reader.reader import Passage, Reader, Reading, open_reader

__all__ = ["Passage", "Reader", "Reading", "open_reader"]
