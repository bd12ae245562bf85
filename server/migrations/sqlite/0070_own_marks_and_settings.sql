-- What each member has decided for themselves: what is unread again, and how they want the thread.

-- Where one's own read mark stands while it is behind `read_seq`, which is what the others see and never moves back.
ALTER TABLE members ADD COLUMN rewound_to BIGINT;
-- How often it was taken back: tells a mark that was on its way from another device meanwhile.
ALTER TABLE members ADD COLUMN rewinds BIGINT NOT NULL DEFAULT 0;

ALTER TABLE members ADD COLUMN pinned BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE members ADD COLUMN archived BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE members ADD COLUMN level TEXT NOT NULL DEFAULT 'all' CHECK (level IN ('all', 'mentions', 'nothing'));
ALTER TABLE members ADD COLUMN muted_until BIGINT;
-- How often these were changed.
ALTER TABLE members ADD COLUMN settings_revision BIGINT NOT NULL DEFAULT 0;
