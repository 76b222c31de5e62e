-- Where the sliding window has no room, `reserve` says from when on it has, and keeps the slot for that time: nobody asks
-- again and again. And bulk work lets an interactive call pass as soon as it waits for its slot.

-- The worst estimate over all phases of the sliding window, and from when on it leaves room for one request more.
CREATE FUNCTION {schema}.limit_opens(
    budget text, at float8, cycle float8, most float8, horizon float8, OUT estimate float8, OUT opens float8
)
LANGUAGE sql STABLE AS $$
    WITH replies AS MATERIALIZED (
        SELECT due - cycle AS reply FROM {schema}.limit_slots WHERE name = budget
    ), known AS (
        SELECT count(*) FILTER (WHERE reply >= at) AS ahead, most - 1 - count(*) FILTER (WHERE reply >= at) AS room,
            count(*) FILTER (WHERE reply < at AND reply >= at - cycle) AS recent
        FROM replies
    ), edges AS (
        SELECT reply AS began, 1 AS enters, 0 AS leaves FROM replies WHERE reply < at AND reply >= at - cycle
        UNION ALL
        SELECT reply + cycle, 0, 1 FROM replies WHERE reply < at AND reply >= at - 2 * cycle
    ), counts AS (
        -- In a window that began then, and in both: it and the one before.
        SELECT began, sum(enters) OVER later AS inside, sum(leaves) OVER later AS in_both
        FROM edges WINDOW later AS (ORDER BY began DESC)
    ), moments AS (
        -- What came in the current window counts whole, what came in the one before by the share of it that is within
        -- one cycle. So for each moment at which the current one may have begun the estimate falls evenly.
        -- It is largest where that moment is a reply, or a cycle after one.
        SELECT began, in_both, known.room,
            inside + (in_both - inside) * (1 - (at - began) / cycle) AS estimate,
            CASE WHEN in_both <= known.room THEN at ELSE floor(began + cycle * (
                1 - CASE WHEN inside < known.room THEN (known.room - inside) / (in_both - inside) ELSE 0 END
            )) + 1 END AS opens
        FROM counts, known
    ), opening AS (
        SELECT began, in_both, room, greatest(
            at, CASE WHEN room < 0 THEN at + 2 * horizon END,
            max(opens) OVER (ORDER BY began ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ) AS opens
        FROM moments
    )
    SELECT known.ahead + greatest(known.recent, (SELECT max(moments.estimate) FROM moments WHERE began <= at)),
        coalesce(
            (SELECT opening.opens FROM opening WHERE began > opening.opens AND in_both <= room ORDER BY began LIMIT 1),
            greatest(at, CASE WHEN known.room < 0 THEN at + 2 * horizon END, (SELECT max(moments.opens) FROM moments))
        )
    FROM known
$$;

-- Arguments and answer are those of reserve.lua, in its order; times are microseconds.
CREATE OR REPLACE FUNCTION {schema}.reserve(budget text, args text[]) RETURNS text[]
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    most float8 := args[1]; cycle float8 := args[2]; pace float8 := args[3];
    bulk_tolerance float8 := args[4]; urgent_tolerance float8 := args[5];
    lease float8 := args[6]; grace float8 := args[7]; cap integer := args[8];
    longest float8 := args[9]; period float8 := args[10]; horizon float8 := args[11];
    shrink float8 := args[12]; lowest float8 := args[13]; half float8 := args[14];
    slow_growth float8 := args[15]; quiet float8 := args[16]; first_pause float8 := args[17];
    bulk_turn float8 := args[19]::float8 - 1; chance float8 := args[20];
    known text := args[21]; unreported boolean := args[22] = '1'; wanted text := args[23];
    wanted_count integer := args[24]; interactive boolean := args[25] = '1';
    latest float8 := nullif(args[26], ''); beside_bulk boolean := args[27] = '1';
    most_ahead constant integer := 4;
    s {schema}.limits;
    identity text;
    fresh boolean;
    lost boolean := unreported;
    now_at float8;
    i integer; given text; outcome text; given_at float8; granted_at float8; retry_after float8;
    believed float8; pause float8; paused float8 := 0;
    withheld float8; available float8; used integer; out_now integer; ahead integer;
    verdict integer := 0; wait float8 := 0; again float8 := 0; reserved integer := 0;
    turns text := ''; place float8 := 0; process text; is_urgent boolean; tolerance float8;
    at float8; paced float8; guarded boolean := false; spacing float8; next_due float8; token_name text;
    backed float8; missed float8; turn boolean;
BEGIN
    INSERT INTO {schema}.limits (name) VALUES (budget) ON CONFLICT DO NOTHING;
    fresh := FOUND;
    SELECT * INTO s FROM {schema}.limits WHERE name = budget FOR UPDATE;
    -- After the wait for the lock, so that the time doesn't go back from one call to the next.
    now_at := round(extract(epoch FROM clock_timestamp()) * 1000000);
    IF fresh THEN  -- of budgets that nobody has used for a day nothing is kept
        DELETE FROM {schema}.limit_slots WHERE name IN
            (SELECT name FROM {schema}.limits WHERE seen < now_at - 86400e6 AND name <> budget);
        DELETE FROM {schema}.limits WHERE seen < now_at - 86400e6 AND name <> budget;
    END IF;

    -- Whether what is written here is all that was spent. If not, nobody goes for a period.
    BEGIN
        SELECT system_identifier::text INTO identity FROM pg_control_system();
    EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
        identity := '';  -- then it is no proof
    END;
    IF s.epoch IS NULL THEN
        lost := lost OR known <> '';  -- the caller knew an older state
    ELSE
        IF known <> '' AND known <> s.epoch::text THEN
            -- Somebody came first who knew nothing of that older state, or who has noticed as well.
            s.hold := greatest(s.hold, s.epoch + cycle);
        ELSIF now_at > latest THEN
            lost := true;  -- the clock was set forward: all would seem to be due
        END IF;
        -- A copy of the database, brought back somewhere else.
        IF identity <> '' AND s.server <> '' AND identity <> s.server THEN
            lost := true;
        END IF;
        IF now_at < s.seen - horizon THEN
            -- The clock was set back: what is due by the old one would be out for as long again.
            lost := true;
            DELETE FROM {schema}.limit_slots WHERE name = budget;
            s.arrival := now_at; s.stall := NULL; s.last := NULL; s.hold := 0; s.bound_at := NULL;
            s.urgent := 0; s.line := 0;
            IF s.paused_until > now_at + longest THEN  -- least() would make a pause of none
                s.paused_until := now_at + longest;
            END IF;
            s.began := least(s.began, now_at); s.cut_at := least(s.cut_at, now_at);
        END IF;
    END IF;
    IF identity <> '' THEN s.server := identity; END IF;
    IF lost OR s.epoch IS NULL THEN s.epoch := now_at; END IF;
    IF lost THEN s.hold := greatest(s.hold, now_at + cycle); END IF;

    DELETE FROM {schema}.limit_slots WHERE name = budget AND due <= now_at - cycle;
    UPDATE {schema}.limit_slots SET leased = NULL WHERE name = budget AND leased <= now_at;

    -- Leases given back.
    i := 28;
    WHILE i <= array_length(args, 1) LOOP
        given := args[i]; outcome := args[i + 1]; given_at := now_at - args[i + 2]::float8;
        granted_at := now_at - args[i + 3]::float8; retry_after := args[i + 4];
        i := i + 5;
        IF outcome = 'unsent' THEN
            DELETE FROM {schema}.limit_slots WHERE name = budget AND token = given;
            -- Only the latest grant: credit is capped, an older place can't be used without a burst.
            IF s.last = given THEN
                s.arrival := s.arrival - s.last_interval; s.last := NULL;
            END IF;
        ELSE
            INSERT INTO {schema}.limit_slots (name, token, due)
            VALUES (budget, given, given_at + cycle + CASE outcome WHEN 'unknown' THEN grace ELSE 0 END)
            ON CONFLICT (name, token) DO UPDATE SET due = excluded.due, leased = NULL;
        END IF;
        IF outcome = 'rejected' THEN
            s.rejections := s.rejections + 1;
            IF s.probe = given OR (NOT s.probing AND granted_at > s.began) THEN
                SELECT most - w.withheld INTO believed
                FROM {schema}.limit_withheld(s.cut, s.cut_at, s.isolated, now_at, most, period, slow_growth) w;
                IF believed = most THEN s.cut := 0; END IF;
                s.streak := s.streak + 1;
                IF retry_after >= 0 THEN pause := least(retry_after, longest);
                ELSE pause := chance * least(longest, period * first_pause * 2.0 ^ least(s.streak, 30)); END IF;
                IF s.streak = 1 THEN
                    SELECT count(*) INTO used FROM {schema}.limit_slots WHERE name = budget AND due > now_at;
                    s.isolated := s.paused_until IS NULL OR now_at - s.paused_until >= quiet * period;
                    s.cut := most - least(greatest(1, lowest * most, shrink * used, half * believed), believed);
                END IF;
                s.began := now_at; s.probing := true; s.probe := NULL;
                s.paused_until := now_at + pause; s.cut_at := s.paused_until;
                paused := greatest(paused, pause, 1);
            ELSIF s.probing AND retry_after >= 0 THEN
                s.paused_until := greatest(s.paused_until, now_at + least(retry_after, longest));
                s.cut_at := s.paused_until;
            END IF;
        ELSIF s.probe = given THEN
            s.probe := NULL;
            IF outcome = 'ok' THEN s.probing := false; s.streak := 0; END IF;
        END IF;
    END LOOP;

    SELECT w.withheld INTO withheld
    FROM {schema}.limit_withheld(s.cut, s.cut_at, s.isolated, now_at, most, period, slow_growth) w;
    IF withheld = 0 THEN s.cut := 0; END IF;
    available := most - withheld;
    IF wanted <> '' THEN  -- of an earlier try whose answer was lost
        FOR i IN 0 .. wanted_count - 1 LOOP
            DELETE FROM {schema}.limit_slots WHERE name = budget AND token = wanted || '.' || i;
        END LOOP;
    END IF;
    SELECT count(*) INTO used FROM {schema}.limit_slots WHERE name = budget AND due > now_at;
    SELECT count(*), count(*) FILTER (WHERE leased > now_at + lease) INTO out_now, ahead
    FROM {schema}.limit_slots WHERE name = budget AND leased IS NOT NULL;

    -- The next slots.
    IF wanted <> '' THEN
        process := ' ' || split_part(wanted, ':', 1);
        IF interactive AND s.urgent <= now_at THEN
            s.row_of := -bulk_turn * ahead;  -- what bulk work has reserved ahead are turns that it has had
        END IF;
        turn := s.row_of >= CASE WHEN position(process IN s.row_by) > 0 THEN 2 * bulk_turn ELSE bulk_turn END;
        is_urgent := interactive OR (s.urgent > now_at AND turn);
        tolerance := CASE WHEN is_urgent THEN urgent_tolerance ELSE bulk_tolerance END;
        IF s.stall IS NOT NULL THEN  -- no credit is earned while something else holds us back
            missed := least(now_at - s.stall, 2 * horizon);
            IF missed > 0 THEN
                s.arrival := greatest(s.arrival, s.stall) + missed; s.last := NULL;
            END IF;
            s.stall := NULL;
        END IF;
        at := now_at; paced := now_at;
        WHILE verdict <= 1 AND reserved < wanted_count LOOP
            paced := greatest(now_at, s.arrival - tolerance);
            at := paced;
            IF s.hold > now_at THEN
                verdict := 3; again := s.hold - now_at;
            ELSIF NOT is_urgent AND s.urgent > now_at THEN
                verdict := 3; again := least(4 * pace, s.urgent - now_at); guarded := true;
            ELSIF s.probing AND s.paused_until > now_at THEN
                verdict := 3; again := s.paused_until - now_at;
            ELSIF s.probing AND s.probe IS NOT NULL AND EXISTS (
                SELECT FROM {schema}.limit_slots WHERE name = budget AND token = s.probe AND leased > now_at
            ) THEN
                verdict := 2; again := 4 * pace;
            ELSIF out_now >= cap THEN
                verdict := 2; again := 4 * pace;
            ELSIF used >= available THEN
                SELECT due INTO next_due FROM {schema}.limit_slots WHERE name = budget AND due > now_at
                ORDER BY due OFFSET (used - available)::integer LIMIT 1;
                at := CASE WHEN next_due IS NULL THEN now_at + 2 * horizon ELSE greatest(at, next_due) END;
            END IF;
            backed := at;  -- by pace and ledger
            -- `bound` only falls by itself, so it is looked at again only where it would refuse.
            IF verdict <= 1 AND at <= now_at + horizon
                AND (s.bound_at IS NULL OR at < s.bound_at OR s.bound + 1 > most)
            THEN
                s.bound_at := at;
                SELECT w.estimate + 0.001, w.opens INTO s.bound, at FROM {schema}.limit_opens(budget, at, cycle, most, horizon) w;
                guarded := guarded OR at > backed;
            END IF;
            IF verdict <= 1 AND at > now_at + horizon THEN
                verdict := 3; again := least(at - now_at, horizon);
            END IF;
            IF verdict <= 1 AND NOT interactive AND at > now_at THEN
                IF ahead >= most_ahead THEN
                    place := greatest(s.line, now_at) + pace;
                    s.line := place;
                    verdict := 3; again := place - now_at; guarded := true;
                ELSIF s.line > now_at AND NOT is_urgent THEN
                    s.line := greatest(s.line + pace, at);
                END IF;
            END IF;
            IF reserved > 0 AND (verdict > 1 OR at > now_at) THEN
                verdict := 1;  -- only the first may lie ahead
                EXIT;
            END IF;
            IF verdict <= 1 THEN
                IF backed > paced THEN s.arrival := greatest(s.arrival, paced) + (backed - paced); END IF;
                spacing := pace;
                IF available - used - 1 > 0 AND used > 0 AND NOT interactive THEN
                    -- What is left must last until more comes back, or an urgent call would find nothing.
                    SELECT min(due) INTO next_due FROM {schema}.limit_slots WHERE name = budget AND due > now_at;
                    spacing := greatest(pace, (least(next_due, at + cycle) - at) / (available - used - 1));
                END IF;
                token_name := wanted || '.' || reserved;
                s.arrival := greatest(s.arrival, at) + spacing;
                s.last := token_name; s.last_interval := spacing;
                INSERT INTO {schema}.limit_slots (name, token, due, leased)
                VALUES (budget, token_name, at + cycle + lease, at + lease);
                used := used + 1; out_now := out_now + 1; reserved := reserved + 1;
                s.bound := s.bound + 1;
                IF is_urgent THEN
                    turn := s.row_of
                        >= CASE WHEN position(process IN s.row_by) > 0 THEN 2 * bulk_turn ELSE bulk_turn END;
                    IF NOT interactive OR (beside_bulk AND turn) THEN
                        s.row_of := s.row_of - bulk_turn;
                        s.row_by := CASE WHEN position(process IN s.row_by) > 0 THEN '' ELSE s.row_by END || process;
                        IF interactive THEN turns := turns || ' ' || (reserved - 1); END IF;
                    ELSE
                        s.row_of := s.row_of + 1;
                    END IF;
                END IF;
                IF s.probing THEN s.probe := token_name; END IF;
                verdict := 1; wait := at - now_at;
                IF NOT interactive AND at > now_at AND s.line > now_at THEN place := s.line; END IF;
                EXIT WHEN wait > 0;
            END IF;
        END LOOP;
        IF verdict > 1 THEN
            -- The sliding window opens by degrees: what is earned while it refuses makes no burst.
            IF again > 0 AND NOT guarded AND NOT (verdict = 3 AND at > now_at + horizon AND at = paced) THEN
                s.stall := paced;
            END IF;
            wait := again;
        END IF;
        -- While interactive calls of any process wait, bulk work of all processes lets them pass. Where all asked for have
        -- a slot, more may have come since: a page's first call asks alone.
        IF interactive AND (reserved < wanted_count OR wait > 0) THEN
            s.urgent := greatest(
                s.urgent, now_at + wait + CASE WHEN reserved < wanted_count THEN horizon / 4 ELSE pace END
            );
        END IF;
    END IF;

    s.seen := now_at;
    UPDATE {schema}.limits SET
        epoch = s.epoch, server = s.server, seen = s.seen, arrival = s.arrival, last = s.last,
        last_interval = s.last_interval, stall = s.stall, hold = s.hold, paused_until = s.paused_until,
        began = s.began, probing = s.probing, probe = s.probe, streak = s.streak, cut = s.cut, cut_at = s.cut_at,
        isolated = s.isolated, rejections = s.rejections, bound = s.bound, bound_at = s.bound_at,
        row_of = s.row_of, row_by = s.row_by, urgent = s.urgent, line = s.line
    WHERE name = budget;
    RETURN ARRAY[
        s.epoch::text, verdict::text, round(wait)::bigint::text,
        round(greatest(0, coalesce(s.paused_until, 0) - now_at))::bigint::text,
        greatest(0, available - used)::bigint::text, out_now::text, s.rejections::text,
        round(paused)::bigint::text, available::bigint::text, now_at::bigint::text, reserved::text, turns,
        round(greatest(0, place - now_at))::bigint::text
    ];
END
$$;
