-- The statements of the ledger. Names in braces are filled in by statements.py.
-- clock_timestamp() and not now(), which is the beginning of the transaction: after a wait for somebody
-- else's lock a lease could be over when it is written.

-- name: beat
UPDATE {s}.holders SET beaten = clock_timestamp(), ends = {ends}
WHERE id = %(holder)s AND buried IS NULL RETURNING id

-- name: begin_lease
INSERT INTO {s}.holders (name, lease, ends) VALUES (%(name)s, %(lease)s, {ends}) RETURNING id

-- name: end_lease
UPDATE {s}.holders SET buried = clock_timestamp() WHERE id = %(holder)s AND buried IS NULL

-- name: let_go_of_all
UPDATE {s}.documents SET holder = NULL, due = clock_timestamp() WHERE holder = %(holder)s

-- name: bury
UPDATE {s}.holders SET buried = clock_timestamp()
WHERE id = %(holder)s AND buried IS NULL AND ends < clock_timestamp() RETURNING id

-- name: bury_all
UPDATE {s}.holders SET buried = clock_timestamp() WHERE id IN (
    SELECT id FROM {s}.holders WHERE buried IS NULL AND ends < clock_timestamp()
    ORDER BY id FOR UPDATE SKIP LOCKED)

-- name: forget_buried
DELETE FROM {s}.holders h WHERE buried < clock_timestamp() - interval '7 days'
AND NOT EXISTS (SELECT FROM {s}.documents d WHERE d.holder = h.id)

-- name: others_at_work
SELECT h.id, h.beaten FROM {s}.holders h
WHERE h.id <> %(holder)s AND h.buried IS NULL AND EXISTS (
    SELECT FROM {s}.documents d WHERE d.holder = h.id AND d.journal = %(journal)s
    AND d.stage IN ('sending', 'draft', 'dispatching'))

-- name: find_journal
SELECT id FROM {s}.journals WHERE {about}

-- name: make_journal
INSERT INTO {s}.journals (host, environment, account, direction)
VALUES (%(host)s, %(environment)s, %(account)s, %(direction)s)
ON CONFLICT (host, environment, account, direction) DO NOTHING

-- name: has_rows
SELECT 1 FROM {s}.documents WHERE journal = %(journal)s LIMIT 1

-- name: find
SELECT {row}, {held} FROM {of_holder} WHERE d.journal = %(journal)s AND d.sha256 = %(sha256)s

-- name: same_number
SELECT {row}, {held} FROM {of_holder} WHERE d.journal = %(journal)s AND d.stage = 'sending'
AND d.number = %(number)s AND coalesce(d.series, '') = coalesce(%(series)s, '')
AND coalesce(d.year, 0) = coalesce(%(year)s, 0) AND d.sha256 <> %(sha256)s

-- name: begin
INSERT INTO {s}.documents AS d
    (journal, send, stage, holder, fence, claims, claimed, began, changed, due, settled,
    {written})
SELECT %(journal)s, %(send)s, %(stage)s, %(holder)s, %(fence)s, 1, now, now, now, now,
    CASE WHEN %(stage)s = 'done' THEN now END, {values}
{clock} ON CONFLICT ON CONSTRAINT documents_once DO NOTHING RETURNING {row}

-- name: begin_anew
UPDATE {s}.documents d SET {claimed}, stage = %(stage)s, began = now,
    settled = CASE WHEN %(stage)s = 'done' THEN now END,
    {which}, {fate}
{clock} WHERE {unchanged} RETURNING {row}

-- name: take_over
UPDATE {s}.documents d SET {claimed} {clock} WHERE {unchanged} RETURNING {row}

-- name: doubt
UPDATE {s}.documents d SET {claimed}, stage = 'sending', began = %(began)s, settled = NULL,
    {which}, {fate}
{clock} WHERE {unchanged} RETURNING {row}

-- name: take_over_some
UPDATE {s}.documents d SET holder = %(holder)s, fence = %(fence)s + d.id, claims = d.claims + 1,
    claimed = now, changed = now
{clock} WHERE d.id IN (
    SELECT d.id FROM {s}.documents d
    WHERE d.journal = %(journal)s AND d.stage = ANY(%(stages)s) AND d.id > %(after)s
    AND (NOT {alive} OR d.fence = %(fence)s + d.id)
    AND NOT (d.kind = 'unknown' AND d.message IS NOT NULL AND d.changed > %(since)s)
    ORDER BY d.id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
RETURNING {row}

-- name: let_go
UPDATE {s}.documents d SET holder = NULL, due = clock_timestamp(), changed = clock_timestamp(),
    stage = CASE WHEN %(unsent)s AND d.stage = 'sending' AND d.began = d.claimed THEN 'open' ELSE d.stage END
WHERE d.journal = %(journal)s AND d.sha256 = %(sha256)s AND d.fence = %(fence)s AND d.holder IS NOT NULL

-- name: record
UPDATE {s}.documents d SET stage = %(stage)s, {fate}, changed = now,
    holder = CASE WHEN %(let_go)s THEN NULL ELSE d.holder END,
    settled = CASE WHEN %(stage)s = 'done' THEN coalesce(d.settled, now) END,
    due = CASE WHEN %(let_go)s THEN {later} ELSE d.due END
{clock} WHERE d.id = %(id)s AND d.fence = %(fence)s RETURNING d.id

-- name: decide_again
UPDATE {s}.documents d SET changed = clock_timestamp(), attempts = %(attempts)s
WHERE d.id = %(id)s AND d.fence = %(fence)s
AND NOT EXISTS (SELECT FROM {s}.sightings s WHERE s.document = d.id) RETURNING d.id

-- name: add_sighting
INSERT INTO {s}.sightings (document, invoice_id, state, request_id, fence, seen_by)
SELECT %(id)s, %(invoice_id)s, %(state)s, %(request_id)s, %(fence)s, %(seen_by)s
WHERE NOT EXISTS (SELECT FROM {s}.sightings WHERE document = %(id)s AND invoice_id = %(invoice_id)s
    AND fence IS NOT DISTINCT FROM %(fence)s AND state IS NOT DISTINCT FROM %(state)s)

-- name: sightings
SELECT s.invoice_id FROM {s}.sightings s JOIN {s}.documents d ON d.id = s.document
WHERE d.id = %(id)s AND d.fence = %(fence)s ORDER BY s.id DESC

-- name: owner
SELECT {row} FROM {s}.documents d WHERE d.journal = %(journal)s AND d.invoice_id = %(invoice_id)s
AND d.kind <> 'duplicate' ORDER BY d.id LIMIT 1

-- name: owner_by_sighting
SELECT {row} FROM {s}.sightings s JOIN {s}.documents d ON d.id = s.document
WHERE d.journal = %(journal)s AND s.invoice_id = %(invoice_id)s ORDER BY s.id LIMIT 1

-- name: entry
SELECT {row}, d.options, j.host, j.environment, j.account, j.direction,
    c.kind, c.body, c.compression, c.encryption, c.reference
FROM {s}.documents d JOIN {s}.journals j ON j.id = d.journal LEFT JOIN {s}.contents c ON c.document = d.id
WHERE d.id = %(id)s

-- name: rows_in
SELECT {row} FROM {s}.documents d WHERE d.journal = %(journal)s AND d.stage = ANY(%(stages)s)
AND d.id > %(after)s ORDER BY d.id LIMIT %(most)s

-- name: waiting_since
SELECT min(began) FROM {s}.documents WHERE journal = %(journal)s AND stage = 'waiting'

-- name: about
SELECT name, value FROM {s}.about

-- name: note
INSERT INTO {s}.about (name, value) VALUES (%(name)s, %(value)s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- name: lock_about
LOCK TABLE {s}.about IN SHARE ROW EXCLUSIVE MODE

-- name: last_beat
SELECT max(beaten), clock_timestamp() FROM {s}.holders
