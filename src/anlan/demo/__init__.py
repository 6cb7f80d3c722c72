"""A demonstration county that looks alive, made up by the product's own actions.

Nouns: world (accounts, grids, signals in every state of life), phrases (sentences of invented
residents). Real are the names and codes of places and the statutes; everything else is
synthetic and says so: signals carry an external reference that begins with SYNTHETIC.
"""
