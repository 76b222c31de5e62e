-- Adds a document to the transaction that calls it, once for an account and a direction; returns its id. A role that may
-- call this needs no right on the tables.
CREATE OR REPLACE FUNCTION {schema}.add(
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
        IF add.options ? 'tell' THEN
            -- Locked, or whoever settles it meanwhile would tell nobody.
            PERFORM FROM {schema}.documents d WHERE d.journal = of_journal AND d.sha256 = add.sha256 FOR UPDATE;
        END IF;
        SELECT d.id, d.stage, d.kind, d.send INTO was FROM {schema}.documents d
        WHERE d.journal = of_journal AND d.sha256 = add.sha256;
        IF was.send <> add.send THEN
            RAISE EXCEPTION 'document % was added with send=%, and now with send=%', was.id, was.send, add.send
                USING ERRCODE = 'invalid_parameter_value';
        END IF;
        which := was.id;
        IF add.options ? 'tell' THEN
            -- Whoever asks to be told hears of it, whoever has added it before.
            UPDATE {schema}.documents d SET options = CASE jsonb_typeof(d.options) WHEN 'object' THEN d.options ELSE '{{}}' END
                || jsonb_build_object('tell', true)
            WHERE d.id = which AND NOT d.options ? 'tell';
        END IF;
        IF was.stage = 'done' AND was.kind <> 'invalid' THEN
            IF add.options ? 'tell' THEN
                INSERT INTO {schema}.untold (document) VALUES (which) ON CONFLICT DO NOTHING;
            END IF;
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
