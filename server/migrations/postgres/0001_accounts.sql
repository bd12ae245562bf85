-- Accounts, their sessions, and the ways in. Secrets are stored as SHA-256, passwords as argon2id.
-- Times are milliseconds since the Unix epoch everywhere.

CREATE TABLE users (
    id UUID PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    -- Display name and username in lower case, made by the server so that both engines fold alike: searched and sorted by.
    folded TEXT COLLATE "C" NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('staff', 'admin', 'owner')),
    active BOOLEAN NOT NULL,
    last_seen BIGINT,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    -- Generation of the newest refresh token that was presented; tokens given out since have one more.
    generation BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE refresh_tokens (
    token_hash BYTEA PRIMARY KEY,
    session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE invites (
    id UUID PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('staff', 'admin')),
    created_by UUID NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL,
    -- Used or revoked.
    closed BOOLEAN NOT NULL
);

-- At most one row: the newest set-up link. It goes when the first account is made.
CREATE TABLE set_up (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token_hash BYTEA NOT NULL
);
