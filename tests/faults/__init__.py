"""The product under faults: `make faults ROUNDS=100 SEED=1`, a few rounds of it in `make test`.

A real instance (`anlan run`, its supervisor, PostgreSQL) works for writers over HTTP. In each
round, under load, one thing is broken for real (`breaking`); then the service must be back by
itself, and once the writers rest everything is counted (`counting`): what was acknowledged is
stored, nothing is half-written, lost, done twice or inconsistent, the ledger holds.

`writers` who writes and what was acknowledged · `callers` asking until there is a plain answer ·
`product` the instance with its people · `volume` a small disk · `proxy` bad lines · `cluster` an
outside primary with its replica · `rounds` one round after the other · `__main__` the command.
Results and what they mean: docs/reference/faults.md.
"""
