-- What messages said before they were edited, and who deleted which.

CREATE TABLE versions (
    thread_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    -- The revision of the message that said this.
    revision BIGINT NOT NULL,
    body TEXT NOT NULL,
    -- Since when it said this.
    at BIGINT NOT NULL,
    PRIMARY KEY (thread_id, seq, revision),
    FOREIGN KEY (thread_id, seq) REFERENCES messages (thread_id, seq)
);

-- For whoever has to answer for it: nothing of what was said, only that somebody deleted it.
CREATE TABLE deletions (
    thread_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    deleted_by UUID NOT NULL REFERENCES users (id),
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (thread_id, seq),
    FOREIGN KEY (thread_id, seq) REFERENCES messages (thread_id, seq)
);
