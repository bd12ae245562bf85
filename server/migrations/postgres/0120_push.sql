-- Notifications by Web Push: to whom, what was decided, and what is under way. Nothing here holds what a message says.

-- At most one row: the key that browsers subscribe to. It lies with the subscriptions, which are useless without it.
CREATE TABLE push_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pkcs8 BYTEA NOT NULL
);

-- Browsers that are pushed to: one for each session, and gone with it.
CREATE TABLE push_subscriptions (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    session_id UUID NOT NULL UNIQUE REFERENCES sessions (id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL UNIQUE,
    public_key BYTEA NOT NULL,
    secret BYTEA NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    succeeded_at BIGINT,
    -- What last went wrong; empty after a success.
    failed_at BIGINT,
    problem TEXT,
    failures BIGINT NOT NULL,
    -- Until when its push service is left alone.
    quiet_until BIGINT NOT NULL,
    -- Whether what failed is still to be sent.
    retried BOOLEAN NOT NULL
);
CREATE INDEX push_subscriptions_user ON push_subscriptions (user_id);

-- What people want of their notifications, where it is not the default.
CREATE TABLE push_preferences (
    user_id UUID PRIMARY KEY REFERENCES users (id),
    hide_content BOOLEAN NOT NULL
);

-- One row: up to where in the log it has been decided what notifies whom.
CREATE TABLE push_cursor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position BIGINT NOT NULL
);
-- What was said before this version notifies nobody.
INSERT INTO push_cursor (id, position) VALUES (1, COALESCE((SELECT head FROM meta), 0));

-- The last decisions for each person.
CREATE TABLE push_decisions (
    user_id UUID NOT NULL REFERENCES users (id),
    position BIGINT NOT NULL,
    thread_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, position)
);

-- What is to be sent: at most one for each browser and thread. A test has the nil id as its thread.
CREATE TABLE push_queue (
    subscription_id UUID NOT NULL REFERENCES push_subscriptions (id) ON DELETE CASCADE,
    thread_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('message', 'withdraw', 'test')),
    seq BIGINT NOT NULL,
    -- Not before; moved on while it is under way.
    due_at BIGINT NOT NULL,
    -- Of no use any more from then on.
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (subscription_id, thread_id)
);
CREATE INDEX push_queue_due ON push_queue (due_at);

-- What browsers show: the message of each thread that was pushed last, until it is read or withdrawn.
CREATE TABLE push_shown (
    subscription_id UUID NOT NULL REFERENCES push_subscriptions (id) ON DELETE CASCADE,
    thread_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (subscription_id, thread_id)
);
