-- Messages that change, answer others, or tell of the thread itself.

-- What `body` holds: text, a notice as JSON, or nothing.
ALTER TABLE messages ADD COLUMN kind TEXT NOT NULL DEFAULT 'text' CHECK (kind IN ('text', 'notice', 'deleted'));
ALTER TABLE messages ADD COLUMN reply_to BIGINT;
ALTER TABLE messages ADD COLUMN edited_at BIGINT;
ALTER TABLE messages ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;

-- Events of before can't be read any more: a new history, in which devices start afresh.
DELETE FROM log;
UPDATE meta SET epoch = gen_random_uuid();
