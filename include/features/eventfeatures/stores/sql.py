"""What PostgreSQL is asked; each takes its values as arrays, so that one statement does for any number."""

# CREATE TABLE IF NOT EXISTS fails where two do it at the same time.
ALONE = "SELECT pg_advisory_xact_lock(hashtext('eventfeatures'))"

SETUP = """
CREATE TABLE IF NOT EXISTS {schema}.feature_state (
  entity text, key text, content bytea NOT NULL, newest bigint NOT NULL, events bigint NOT NULL,
  before bigint NOT NULL, expires timestamptz NOT NULL, PRIMARY KEY (entity, key));
CREATE TABLE IF NOT EXISTS {schema}.feature_position (input text PRIMARY KEY, position bigint NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.feature_note (name text PRIMARY KEY, content bytea NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.feature_row (
  name text, key text, content bytea NOT NULL, as_of bigint NOT NULL, expires timestamptz,
  PRIMARY KEY (name, key));
"""

READ = """
SELECT state.content FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted (entity, key, place)
LEFT JOIN {schema}.feature_state AS state
  ON state.entity = wanted.entity AND state.key = wanted.key AND state.expires > now()
ORDER BY wanted.place
"""

NEW = """
SELECT entity, key, content, newest, events, before, now() + keep_ms * interval '1 millisecond' AS expires
FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
  AS new (entity, key, content, newest, events, before, keep_ms)
"""

REPLACE = """
ON CONFLICT (entity, key) DO UPDATE SET content = excluded.content, newest = excluded.newest,
  events = excluded.events, before = excluded.before, expires = excluded.expires
"""

# Fewer rows than states came: one of them was changed in between. A state with events before it is no new one.
WRITE = (
    "INSERT INTO {schema}.feature_state AS there SELECT * FROM (" + NEW + ") AS new "
    "WHERE new.before = 0 OR EXISTS (SELECT FROM {schema}.feature_state AS old "
    "WHERE old.entity = new.entity AND old.key = new.key) ORDER BY entity, key "
    + REPLACE
    + """
WHERE CASE WHEN there.expires > now() THEN there.events ELSE 0 END = excluded.before
RETURNING entity, key
"""
)

SEED = (
    "INSERT INTO {schema}.feature_state AS there SELECT * FROM ("
    + NEW
    + ") AS new ORDER BY entity, key "
    + REPLACE
    + "WHERE there.newest < excluded.newest OR there.expires <= now()"
)

# Fewer rows than inputs came: one of them was read beyond where the batch began.
MOVE = """
WITH new AS (SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS new (input, position, since))
INSERT INTO {schema}.feature_position AS there SELECT input, position FROM new ORDER BY input
ON CONFLICT (input) DO UPDATE SET position = excluded.position
WHERE there.position <= (SELECT coalesce(since, there.position) FROM new WHERE new.input = excluded.input)
RETURNING input
"""

PLACE = """
INSERT INTO {schema}.feature_position SELECT * FROM unnest(%s::text[], %s::bigint[]) AS new (input, position)
ORDER BY input ON CONFLICT (input) DO NOTHING
"""

NOTE = """
INSERT INTO {schema}.feature_note SELECT * FROM unnest(%s::text[], %s::bytea[]) AS new (name, content)
ORDER BY name ON CONFLICT (name) DO UPDATE SET content = excluded.content
"""

NOTES = """
SELECT note.content FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (name, place)
LEFT JOIN {schema}.feature_note AS note ON note.name = wanted.name ORDER BY wanted.place
"""

POSITIONS = "SELECT input, position FROM {schema}.feature_position"

PUBLISH = """
INSERT INTO {schema}.feature_row AS there
SELECT %s, key, content, %s, now() + %s * interval '1 millisecond'
FROM unnest(%s::text[], %s::bytea[]) AS new (key, content) ORDER BY key
ON CONFLICT (name, key) DO UPDATE SET content = excluded.content, as_of = excluded.as_of, expires = excluded.expires
WHERE there.as_of <= excluded.as_of OR there.expires <= now()
"""

LOOKUP = """
SELECT row.content, row.as_of FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (key, place)
LEFT JOIN {schema}.feature_row AS row
  ON row.name = %s AND row.key = wanted.key AND (row.expires IS NULL OR row.expires > now())
ORDER BY wanted.place
"""

PURGE_STATES = "DELETE FROM {schema}.feature_state WHERE expires <= now()"
PURGE_ROWS = "DELETE FROM {schema}.feature_row WHERE expires <= now()"
