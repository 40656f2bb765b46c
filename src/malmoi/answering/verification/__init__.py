"""Each sentence of an answer against the spans that it cites: values, names, polarity, quotations, who said it."""
