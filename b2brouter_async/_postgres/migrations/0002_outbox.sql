-- The outbox: documents are added in the application's own transaction, and what becomes of them is told.

-- Wakes somebody who delivers a document. Without an engine nobody is woken: whoever looks for what is due finds it.
CREATE FUNCTION {schema}.wake(document bigint, in_doubt boolean DEFAULT false) RETURNS void
LANGUAGE sql AS 'SELECT';
REVOKE ALL ON FUNCTION {schema}.wake(bigint, boolean) FROM PUBLIC;

-- Outcomes that the application is still to be told of.
CREATE TABLE {schema}.untold (
    document bigint PRIMARY KEY REFERENCES {schema}.documents (id) ON DELETE CASCADE,
    due timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries integer NOT NULL DEFAULT 0
);
CREATE INDEX untold_by_due ON {schema}.untold (due);

CREATE FUNCTION {schema}.settled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.options ? 'tell' THEN
        INSERT INTO {schema}.untold (document) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    END IF;
    -- The same for all, so that many in one transaction are one notification.
    PERFORM pg_notify('{schema}_settled', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER documents_settled AFTER UPDATE OF settled ON {schema}.documents
    FOR EACH ROW WHEN (NEW.settled IS NOT NULL AND OLD.settled IS NULL) EXECUTE FUNCTION {schema}.settled();

-- Adds a document to the transaction that calls it, once for an account and a direction; returns its id. A role that may
-- call this needs no right on the tables.
CREATE FUNCTION {schema}.add(
    account text,
    environment text,
    host text,
    sha256 text,
    source text,
    kind text DEFAULT 'file',
    body bytea DEFAULT NULL,
    reference text DEFAULT NULL,
    direction text DEFAULT 'issued',
    send boolean DEFAULT true,
    options jsonb DEFAULT '{{}}',
    number text DEFAULT NULL,
    series text DEFAULT NULL,
    year integer DEFAULT NULL,
    compression text DEFAULT 'none',
    encryption text DEFAULT 'none'
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
-- Somebody's open transaction with the same document is not waited for without end.
SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
    of_journal integer;
    which bigint;
    was record;
BEGIN
    SELECT j.id INTO of_journal FROM {schema}.journals j
    WHERE j.host = add.host AND j.environment = add.environment AND j.account = add.account
        AND j.direction = add.direction;
    IF of_journal IS NULL THEN
        INSERT INTO {schema}.journals (host, environment, account, direction)
        VALUES (add.host, add.environment, add.account, add.direction)
        ON CONFLICT ON CONSTRAINT journals_host_environment_account_direction_key DO NOTHING;
        SELECT j.id INTO of_journal FROM {schema}.journals j
        WHERE j.host = add.host AND j.environment = add.environment AND j.account = add.account
            AND j.direction = add.direction;
    END IF;
    -- Whoever is woken comes first; what is forgotten is due in a while.
    INSERT INTO {schema}.documents AS d
        (journal, sha256, source, number, series, year, send, options, stage, due)
    VALUES (of_journal, add.sha256, add.source, add.number, add.series, add.year, add.send, add.options, 'open',
        clock_timestamp() + interval '30 seconds')
    ON CONFLICT ON CONSTRAINT documents_once DO NOTHING RETURNING d.id INTO which;
    IF which IS NULL THEN
        SELECT d.id, d.stage, d.kind, d.send INTO was FROM {schema}.documents d
        WHERE d.journal = of_journal AND d.sha256 = add.sha256;
        IF was.send <> add.send THEN
            RAISE EXCEPTION 'document % was added with send=%, and now with send=%', was.id, was.send, add.send
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        which := was.id;
        IF was.stage = 'done' AND was.kind <> 'invalid' THEN
            RETURN which;
        END IF;
        -- Nothing was sent of what was invalid: it may be meant otherwise now.
        UPDATE {schema}.documents d SET stage = 'open', kind = 'unknown', settled = NULL, options = add.options,
            code = NULL, message = NULL, changed = clock_timestamp(), due = clock_timestamp() + interval '30 seconds'
        WHERE d.id = which AND d.stage = 'done' AND d.kind = 'invalid';
    END IF;
    INSERT INTO {schema}.contents (document, kind, body, compression, encryption, reference)
    VALUES (which, add.kind, add.body, add.compression, add.encryption, add.reference)
    ON CONFLICT DO NOTHING;
    PERFORM {schema}.wake(which);
    RETURN which;
END
$$;
REVOKE ALL ON FUNCTION {schema}.add(text, text, text, text, text, text, bytea, text, text, boolean, jsonb, text, text,
    integer, text, text) FROM PUBLIC;

-- What became of each document, for reports and joins.
CREATE VIEW {schema}.outcomes AS
SELECT d.id AS document, j.host, j.environment, j.account, j.direction, d.source, d.number, d.series, d.year, d.stage,
    d.kind, d.invoice_id, d.state, d.attempts, d.code, d.message, d.added, d.changed, d.settled
FROM {schema}.documents d JOIN {schema}.journals j ON j.id = d.journal;
