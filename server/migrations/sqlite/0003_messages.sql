-- Messages. The primary key is the order everyone sees; the other uniqueness makes sending repeatable for ever.

CREATE TABLE messages (
    thread_id BLOB NOT NULL REFERENCES threads (id),
    seq BIGINT NOT NULL,
    id BLOB NOT NULL UNIQUE,
    sender_id BLOB NOT NULL REFERENCES users (id),
    local_id BLOB NOT NULL,
    body TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    PRIMARY KEY (thread_id, seq),
    UNIQUE (sender_id, local_id)
);
