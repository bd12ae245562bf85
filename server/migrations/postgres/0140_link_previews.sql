-- Pages that messages link to: which are still to be looked at, and what they said of themselves.

-- At most one for each message. It goes with the link it is about, and with the message.
CREATE TABLE link_previews (
    thread_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    -- The link as it stands in the message.
    url TEXT NOT NULL,
    -- Whether the page is still to be looked at, said something or nothing of itself, or is not to be shown by the sender's
    -- wish.
    state TEXT NOT NULL CHECK (state IN ('wanted', 'found', 'nothing', 'removed')),
    -- While it is wanted: not before; moved on while it is being looked at.
    due_at BIGINT NOT NULL,
    -- While it is wanted: of no use any more from then on.
    expires_at BIGINT NOT NULL,
    found_at BIGINT,
    -- Where the page came from, if not from the link's own host.
    host TEXT,
    site TEXT,
    title TEXT,
    description TEXT,
    PRIMARY KEY (thread_id, seq),
    FOREIGN KEY (thread_id, seq) REFERENCES messages (thread_id, seq)
);
CREATE INDEX link_previews_due ON link_previews (due_at) WHERE state = 'wanted';
