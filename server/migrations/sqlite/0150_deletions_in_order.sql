-- Admins are shown the newest deletions.
CREATE INDEX deletions_by_time ON deletions (deleted_at);
