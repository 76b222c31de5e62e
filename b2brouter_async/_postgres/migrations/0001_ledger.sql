-- The ledger of documents: what was sent and what became of it, shared by any number of processes.

CREATE TABLE {schema}.about (
    name text PRIMARY KEY,
    value text NOT NULL
);

-- What documents belong to: one account in one direction, on one host and environment.
CREATE TABLE {schema}.journals (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host text NOT NULL,
    environment text NOT NULL,
    account text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('issued', 'received')),
    made timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (host, environment, account, direction)
);

-- Who works: one row for each process, kept alive by one small write every few seconds. Buried, it never comes back.
CREATE TABLE {schema}.holders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    lease double precision NOT NULL CHECK (lease > 0),
    began timestamptz NOT NULL DEFAULT clock_timestamp(),
    beaten timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends timestamptz NOT NULL,
    buried timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

CREATE TABLE {schema}.documents (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    journal integer NOT NULL REFERENCES {schema}.journals (id),
    -- Of the file, or of the invoice as JSON; 'unread:' and the name where there is none.
    sha256 text NOT NULL,
    source text NOT NULL,
    number text,
    series text,
    year integer,
    -- How it is to be sent.
    send boolean NOT NULL,
    options jsonb NOT NULL DEFAULT '{{}}',
    -- How far it has come, and what is known of it.
    stage text NOT NULL CHECK (stage IN ('open', 'sending', 'draft', 'dispatching', 'waiting', 'done')),
    kind text NOT NULL DEFAULT 'unknown',
    invoice_id bigint,
    state text,
    attempts integer NOT NULL DEFAULT 0,
    seconds double precision NOT NULL DEFAULT 0,
    request_id text,
    status integer,
    code text,
    param text,
    message text,
    -- Who has it: a row of holders, until it is let go of. Every claim draws a new fence; who doesn't know it writes nothing.
    holder bigint,
    fence bigint NOT NULL DEFAULT 0,
    claims integer NOT NULL DEFAULT 0,
    claimed timestamptz,
    -- When somebody may take it up next; null where it waits for a person.
    due timestamptz DEFAULT clock_timestamp(),
    added timestamptz NOT NULL DEFAULT clock_timestamp(),
    began timestamptz,
    changed timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled timestamptz,
    CONSTRAINT documents_once UNIQUE (journal, sha256)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- One number is under way once in the whole fleet, while it is perhaps on the server.
CREATE UNIQUE INDEX documents_number_under_way
    ON {schema}.documents (journal, number, coalesce(series, ''), coalesce(year, 0))
    WHERE stage = 'sending' AND number IS NOT NULL;
CREATE INDEX documents_by_invoice ON {schema}.documents (invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX documents_held ON {schema}.documents (holder) WHERE holder IS NOT NULL;
CREATE INDEX documents_unsettled ON {schema}.documents (journal, stage, id) WHERE stage <> 'done';
CREATE INDEX documents_due ON {schema}.documents (due, id) WHERE stage <> 'done';

-- The documents themselves, where they are kept here: the first thing that is purged.
CREATE TABLE {schema}.contents (
    document bigint PRIMARY KEY REFERENCES {schema}.documents (id) ON DELETE CASCADE,
    -- file: a document's bytes. invoice: an invoice as JSON. reference: the application keeps it, and knows it by this name.
    kind text NOT NULL CHECK (kind IN ('file', 'invoice', 'reference')),
    body bytea,
    compression text NOT NULL DEFAULT 'none',
    encryption text NOT NULL DEFAULT 'none',
    reference text,
    added timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (CASE kind WHEN 'reference' THEN reference IS NOT NULL AND body IS NULL ELSE body IS NOT NULL END)
);
ALTER TABLE {schema}.contents ALTER COLUMN body SET STORAGE EXTERNAL;

-- Facts that anybody may add, whoever holds the document: an invoice was seen that was made from it.
CREATE TABLE {schema}.sightings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document bigint NOT NULL REFERENCES {schema}.documents (id) ON DELETE CASCADE,
    invoice_id bigint NOT NULL,
    state text,
    request_id text,
    fence bigint,
    seen_by text NOT NULL,
    seen timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX sightings_by_document ON {schema}.sightings (document);
CREATE INDEX sightings_by_invoice ON {schema}.sightings (invoice_id);
