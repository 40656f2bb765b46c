"""What a question asks for and what a text states: values, names, kinds of answer. No collection, no model."""
