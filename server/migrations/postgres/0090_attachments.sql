-- Files that messages bring. Their bytes are in the storage of files, each under a name of its own.

-- How many files a message has, so that those without any cost no look.
ALTER TABLE messages ADD COLUMN attached BIGINT NOT NULL DEFAULT 0;

CREATE TABLE attachments (
    id UUID NOT NULL PRIMARY KEY,
    owner_id UUID NOT NULL REFERENCES users (id),
    -- What its bytes are stored under. Several attachments may share them.
    file TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    -- Of what is stored.
    size BIGINT NOT NULL,
    -- How it can be shown, as JSON.
    kind TEXT NOT NULL,
    -- What its small image is, where there is one.
    thumbnail TEXT,
    -- SHA-256 of what was uploaded, in hexadecimal.
    hash TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    -- The message it belongs to, if any yet, and its place there.
    thread_id UUID,
    seq BIGINT,
    place BIGINT,
    FOREIGN KEY (thread_id, seq) REFERENCES messages (thread_id, seq)
);
CREATE INDEX attachments_message ON attachments (thread_id, seq, place);
CREATE INDEX attachments_owner ON attachments (owner_id, uploaded_at);
CREATE INDEX attachments_file ON attachments (file);

-- Bytes that no attachment has: of uploads that did not end, and of messages that were deleted. What is stored is named
-- here or by an attachment, whatever breaks in between.
CREATE TABLE leftovers (
    file TEXT NOT NULL PRIMARY KEY,
    -- When they may be deleted.
    due_at BIGINT NOT NULL
);
