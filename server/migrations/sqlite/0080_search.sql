-- Finding messages by what they say.

-- Order among all messages, in which a search goes through them: newest last.
ALTER TABLE messages ADD COLUMN place BIGINT;
UPDATE messages SET place = ranked.place FROM
    (SELECT id, ROW_NUMBER() OVER (ORDER BY sent_at, thread_id, seq) AS place FROM messages) AS ranked
    WHERE ranked.id = messages.id;
CREATE UNIQUE INDEX messages_place ON messages (place);

-- Which messages have which three characters in a row, whatever their case and accents. It holds no text and no order
-- within a text: what it gives is looked at again.
CREATE VIRTUAL TABLE message_index USING fts5
    (body, content = '', columnsize = 0, detail = 'none', tokenize = 'trigram remove_diacritics 1');
-- What is taken out is gone at once, and not when the index is next merged.
INSERT INTO message_index (message_index, rank) VALUES ('secure-delete', 1);
-- The triples that there are.
CREATE VIRTUAL TABLE message_triples USING fts5vocab (message_index, 'row');

-- The two line breaks let every one or two characters begin a triple, also at the end of a text.
INSERT INTO message_index (rowid, body)
    SELECT place, body || char(10, 10) FROM messages WHERE kind = 'text' ORDER BY place;

CREATE TRIGGER message_added AFTER INSERT ON messages WHEN new.kind = 'text' BEGIN
    INSERT INTO message_index (rowid, body) VALUES (new.place, new.body || char(10, 10));
END;
-- Taking out needs exactly what was put in.
CREATE TRIGGER message_unsaid BEFORE UPDATE OF kind, body ON messages WHEN old.kind = 'text' BEGIN
    INSERT INTO message_index (message_index, rowid, body) VALUES ('delete', old.place, old.body || char(10, 10));
END;
CREATE TRIGGER message_said_anew AFTER UPDATE OF kind, body ON messages WHEN new.kind = 'text' BEGIN
    INSERT INTO message_index (rowid, body) VALUES (new.place, new.body || char(10, 10));
END;
CREATE TRIGGER message_removed BEFORE DELETE ON messages WHEN old.kind = 'text' BEGIN
    INSERT INTO message_index (message_index, rowid, body) VALUES ('delete', old.place, old.body || char(10, 10));
END;
