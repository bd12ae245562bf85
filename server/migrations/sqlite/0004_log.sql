-- The log: one row for each change, written in the transaction of the change and in commit order.

-- One row: which history of the log this is, and its newest position.
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch BLOB NOT NULL,
    head BIGINT NOT NULL
);

CREATE TABLE log (
    position INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    -- Who may receive it: the kind, whom or what it names, and for clients whoever made the change.
    audience TEXT NOT NULL CHECK (audience IN ('thread', 'user', 'contacts', 'client')),
    subject BLOB NOT NULL,
    by_user BLOB,
    event TEXT NOT NULL
);
CREATE INDEX log_at ON log (at);
