-- Finding messages by what they say.

-- Order among all messages, in which a search goes through them: newest last.
ALTER TABLE messages ADD COLUMN place BIGINT;
UPDATE messages SET place = ranked.place FROM
    (SELECT id, ROW_NUMBER() OVER (ORDER BY sent_at, thread_id, seq) AS place FROM messages) AS ranked
    WHERE ranked.id = messages.id;
CREATE UNIQUE INDEX messages_place ON messages (place);

-- Which messages have which three characters in a row. Where the server doesn't offer the extension, or doesn't let us
-- have it, a search looks at the texts themselves: it finds the same, and takes longer.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX messages_body ON messages USING gin (body gin_trgm_ops) WHERE kind = 'text';
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'no index of the messages'' texts: %', SQLERRM;
END
$$;
