-- A search for messages with files goes through those only.
CREATE INDEX messages_attached ON messages (place) WHERE attached > 0;
