-- Replies suggested to people who want that.

ALTER TABLE users ADD COLUMN smart_replies TEXT NOT NULL DEFAULT 'off'
    CHECK (smart_replies IN ('off', 'local', 'model'));

-- What a person wrote last, wherever: their answers are suggested to them again.
CREATE INDEX messages_by_sender ON messages (sender_id, sent_at);
