-- What has been made of the year in this database, so that a later run goes on from there.
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE IF NOT EXISTS bench.made (what text PRIMARY KEY, at timestamptz NOT NULL);
