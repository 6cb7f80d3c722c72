"""The database anlan runs on: the bundled PostgreSQL, or an outside one.

`layout`  where the bundled server's folders are and which system user it runs as;
`server`  makes, starts, adopts, mends and stops the bundled server;
`address` what Django connects to, and whether that server is one we can use;
`migrating` applies each migration whole or not at all.

The bundled server listens on a socket in a folder only its owner can enter, never on TCP.
Whoever wants it takes a share (`server.running`); the last one out stops it, so several
commands may use one state folder at once and none pulls the floor from under another.
"""
