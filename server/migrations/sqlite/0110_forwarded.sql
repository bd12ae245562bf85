-- Messages that repeat what was said elsewhere. By whom and where is not kept.

ALTER TABLE messages ADD COLUMN forwarded BOOLEAN NOT NULL DEFAULT FALSE;
