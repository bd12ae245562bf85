-- What people have hidden from themselves, and when their marks moved.

CREATE TABLE hidden (
    user_id UUID NOT NULL REFERENCES users (id),
    thread_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    hidden_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, thread_id, seq),
    FOREIGN KEY (thread_id, seq) REFERENCES messages (thread_id, seq)
);

-- One row each time a mark moves, so that a message can say when it was delivered and read: that is when the first mark at
-- its place or later was set.
CREATE TABLE marks (
    thread_id UUID NOT NULL REFERENCES threads (id),
    user_id UUID NOT NULL REFERENCES users (id),
    -- "delivered" or "read".
    kind TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (thread_id, user_id, kind, seq)
);
