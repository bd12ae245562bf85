-- Clients, and the threads that may belong to one.

CREATE TABLE clients (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    reference TEXT,
    note TEXT,
    archived BOOLEAN NOT NULL,
    -- Name and reference in lower case: see users.folded.
    folded TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE threads (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('direct', 'group')),
    client_id UUID REFERENCES clients (id),
    -- Pair and client of a direct thread as one text, so that the database itself keeps it the only one.
    direct_key TEXT UNIQUE,
    last_seq BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK ((kind = 'direct') = (direct_key IS NOT NULL))
);
CREATE INDEX threads_client ON threads (client_id);

CREATE TABLE members (
    thread_id UUID NOT NULL REFERENCES threads (id),
    user_id UUID NOT NULL REFERENCES users (id),
    -- Order of joining within the thread.
    place BIGINT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('member', 'owner')),
    read_seq BIGINT NOT NULL,
    delivered_seq BIGINT NOT NULL CHECK (delivered_seq >= read_seq),
    PRIMARY KEY (thread_id, user_id)
);
CREATE INDEX members_user ON members (user_id);
