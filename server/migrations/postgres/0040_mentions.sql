-- Whom messages mention, of those who were members then. Made from the text whenever it is written or changed.

CREATE TABLE mentions (
    thread_id UUID NOT NULL REFERENCES threads (id),
    user_id UUID NOT NULL REFERENCES users (id),
    seq BIGINT NOT NULL,
    PRIMARY KEY (user_id, thread_id, seq)
);
CREATE INDEX mentions_message ON mentions (thread_id, seq);
