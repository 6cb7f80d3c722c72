"""The faces: resident, desk and field, as pages that work without a script and are nicer with one.

A page asks queries and calls actions; it knows no tables. Each face has its own views, templates
and style sheet on top of one set of tokens and components; who may open an address stands beside its
view (`people.policies`).
"""
