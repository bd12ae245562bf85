-- Groups: names, roles, who may read what, and who was in them before.

ALTER TABLE threads ADD COLUMN title TEXT;
-- Who may read what; of direct threads it says nothing.
ALTER TABLE threads ADD COLUMN history TEXT NOT NULL DEFAULT 'from_joining' CHECK (history IN ('from_joining', 'all'));

-- One more role, in a column that takes the place of the old one: SQLite can't add to a check.
ALTER TABLE members ADD COLUMN new_role TEXT NOT NULL DEFAULT 'member' CHECK (new_role IN ('member', 'admin', 'owner'));
UPDATE members SET new_role = role;
ALTER TABLE members DROP COLUMN role;
ALTER TABLE members RENAME COLUMN new_role TO role;
-- The notice of their joining; zero for those who were there from the start.
ALTER TABLE members ADD COLUMN joined_seq BIGINT NOT NULL DEFAULT 0;

-- People who left a group or were removed, how it was called then, and the last message they may know of. Whoever is
-- brought back is a member again and no longer here.
CREATE TABLE former_members (
    thread_id UUID NOT NULL REFERENCES threads (id),
    user_id UUID NOT NULL REFERENCES users (id),
    joined_seq BIGINT NOT NULL,
    title TEXT,
    last_seq BIGINT NOT NULL,
    left_at BIGINT NOT NULL,
    PRIMARY KEY (thread_id, user_id)
);
CREATE INDEX former_members_user ON former_members (user_id);

-- Which messages of which threads a person may see: those from first_seq to last_seq. left_at is null for members. The
-- one place that says so: whatever reads messages for somebody joins this.
CREATE VIEW sights AS
SELECT m.thread_id, m.user_id,
    CASE WHEN t.history = 'all' OR m.joined_seq = 0 THEN 1 ELSE m.joined_seq END AS first_seq,
    t.last_seq AS last_seq, CAST(NULL AS BIGINT) AS left_at, t.title AS title
FROM members m JOIN threads t ON t.id = m.thread_id
UNION ALL
SELECT f.thread_id, f.user_id, 1 AS first_seq, f.last_seq, f.left_at, f.title
FROM former_members f JOIN threads t ON t.id = f.thread_id
WHERE t.history = 'all';
