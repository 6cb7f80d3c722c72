"""The desk's face: the queue that never lies about deadlines, the case page with its moves."""
