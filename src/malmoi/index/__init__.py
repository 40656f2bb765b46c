"""The derived indexes: lexical and dense. Disposable; made again from the catalog."""
