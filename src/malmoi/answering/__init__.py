"""From passages to answers: word for word without a model, or by a model whose every sentence is checked."""
