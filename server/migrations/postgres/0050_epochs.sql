-- Telling a restored backup by itself, and finding the rows of one message without reading the whole log.

-- Histories of the log, one for each start of the server. A position of one of them is true up to its last offset.
CREATE TABLE epochs (
    epoch UUID PRIMARY KEY,
    -- NULL while it goes on.
    last_offset BIGINT
);
INSERT INTO epochs (epoch) SELECT epoch FROM meta;

-- Place in its thread of the message that a row tells of; NULL where it tells of something else.
ALTER TABLE log ADD COLUMN seq BIGINT;
UPDATE log SET seq = (event::json -> 'message' ->> 'seq')::BIGINT
    WHERE event LIKE '{"type":"message:new",%' OR event LIKE '{"type":"message:change",%';
CREATE INDEX log_message ON log (subject, seq) WHERE seq IS NOT NULL;
