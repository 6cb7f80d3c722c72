"""The web server's listening socket and its life: handed down, ready, leaving.

The supervisor opens the one listening socket and hands it to each web server it starts; two of them
may accept from it at once. That is what makes a restart without a failed request possible: whoever
connects meanwhile waits in the socket's queue, which nobody closes.

    supervisor ── socket ──▶ web server (granian) ──▶ request processes
                 ◀─ ready ──                      ◀──

`sockets` opens it; `server` is granian on a socket it was given; `leaving` is what a request process
does when it is to go; decided in docs/decisions.
"""
