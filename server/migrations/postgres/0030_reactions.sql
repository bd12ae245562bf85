-- Reactions to messages: one row for each person and emoji.

CREATE TABLE reactions (
    thread_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    emoji TEXT NOT NULL,
    user_id UUID NOT NULL REFERENCES users (id),
    -- Order among the kinds of a message: the revision with which the kind first came.
    kind BIGINT NOT NULL,
    -- Order among the people of a kind: the revision with which this one came.
    place BIGINT NOT NULL,
    reacted_at BIGINT NOT NULL,
    PRIMARY KEY (thread_id, seq, emoji, user_id),
    FOREIGN KEY (thread_id, seq) REFERENCES messages (thread_id, seq)
);
