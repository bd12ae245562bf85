-- The host of the language model that a person agreed to, when they chose one. Another one needs to be agreed to anew.

ALTER TABLE users ADD COLUMN smart_reply_model TEXT;
