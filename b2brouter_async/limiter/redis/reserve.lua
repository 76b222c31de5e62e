-- One call of a process: give leases back, and reserve the next slots if some are wanted.
-- Times are microseconds of this server's clock, so that all processes agree on them.
--
-- KEYS 1 slots   sorted set: token -> when it comes back, kept for a cycle after that
--      2 flight  sorted set: token of a request that is out -> when its lease ends
--      3 state   hash: pacing, pause after a 429, trust
-- ARGV 1 limit  2 cycle  3 interval  4 tolerance of bulk work  5 tolerance of interactive calls
--      6 lease  7 grace  8 in-flight cap  9 longest pause  10 period  11 horizon
--      12 to 17 the constants of cooldown.py  18 bins of window.py  19 bulk's share of queue.py
--      20 a random number in [0, 1)
--      21 epoch of the state known to the caller, or ''  22 '1' if it sent without us meanwhile
--      23 token wanted, or ''  24 how many of it  25 priority
--      26 latest time that can be by the caller's own clock, or ''
--      27 '1' if interactive calls ask and bulk work waits there too
--      then five per lease given back: token, outcome, age of the reply, age of the grant,
--      Retry-After or -1
-- Returns epoch, verdict, wait, paused for, free, in flight, rejections, longest new pause,
-- requests per period believed to be ours, time, slots reserved, numbers of those that are bulk's turn,
-- when bulk work has its place in line, or 0.
-- Verdict: 0 nothing wanted, 1 reserved, 2 ask again after `wait` or after a release, 3 after `wait`.

local limit, cycle, interval = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tolerances = {tonumber(ARGV[4]), tonumber(ARGV[5])}
local lease, grace, cap = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local longest, period, horizon = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local shrink, floor, half = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
local slow_growth, quiet, first_pause = tonumber(ARGV[15]), tonumber(ARGV[16]), tonumber(ARGV[17])
local bins, bulk_share, chance = tonumber(ARGV[18]), tonumber(ARGV[19]), tonumber(ARGV[20])
local known, unreported, wanted = ARGV[21], ARGV[22], ARGV[23]
local count, interactive, latest = tonumber(ARGV[24]), ARGV[25] == '1', tonumber(ARGV[26])
local beside_bulk = ARGV[27] == '1'
local slots, flight, state = KEYS[1], KEYS[2], KEYS[3]

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- A number of microseconds has sixteen digits: Lua's own formatting would round it.
local function exact(number) return string.format('%.0f', number) end

local fields = {'epoch', 'server', 'seen', 'count', 'arrival', 'last', 'last_interval', 'stall', 'hold', 'until', 'began',
                'probing', 'probe', 'streak', 'cut', 'cut_at', 'isolated', 'rejections', 'bound', 'bound_at', 'row', 'row_by', 'urgent', 'line'}
local values = redis.call('HMGET', state, unpack(fields))
local s = {}
for i, field in ipairs(fields) do s[field] = values[i] or false end
local function number(field) return tonumber(s[field] or 0) end

-- Whether what is written here is all that was spent. If not, nobody goes for a period.
local told = redis.pcall('INFO', 'server')  -- an error where the user may not ask: then it is no proof
local server = type(told) == 'string' and told:match('run_id:(%x+)') or ''
local lost = unreported == '1'
if not s.epoch then
  lost = lost or known ~= ''  -- the caller knew an older state
else
  if known ~= '' and known ~= s.epoch then
    -- Somebody came first who knew nothing of that older state, or who has noticed as well.
    s.hold = exact(math.max(number('hold'), tonumber(s.epoch) + cycle))
  elseif latest and now > latest then
    lost = true  -- the clock was set forward: all would seem to be due
  end
  -- After a restart, or on a replica that took over, this may be the state of some time ago.
  if server ~= '' and s.server and server ~= s.server then lost = true end
  -- Redis short of memory drops keys one by one.
  if redis.call('ZCARD', slots) ~= number('count') then lost = true end
  if now < number('seen') - horizon then
    -- The clock was set back: what is due by the old one would be out for as long again.
    lost = true
    redis.call('DEL', slots, flight)
    s.arrival, s.stall, s.last, s.hold, s.bound_at, s.urgent = exact(now), false, false, false, false, false
    s.line = false
    s['until'] = exact(math.min(number('until'), now + longest))
    s.began, s.cut_at = exact(math.min(number('began'), now)), exact(math.min(number('cut_at'), now))
  end
end
if server ~= '' then s.server = server end
if lost or not s.epoch then s.epoch = exact(now) end
if lost then s.hold = exact(math.max(number('hold'), now + cycle)) end

redis.call('ZREMRANGEBYSCORE', flight, '-inf', exact(now))
redis.call('ZREMRANGEBYSCORE', slots, '-inf', exact(now - cycle))
local function in_use() return redis.call('ZCOUNT', slots, '(' .. exact(now), '+inf') end

-- Tokens not to be spent after a 429: what `Cooldown.withheld` says.
local function withheld_now()
  local cut = number('cut')
  if cut <= 0 then return 0 end
  local periods = math.max(0, now - number('cut_at')) / period
  local knee = math.max(0, cut - slow_growth * limit)
  if s.isolated == '1' then cut = cut * math.max(0, 1 - periods)
  elseif periods < 1 then cut = cut - (cut - knee) * periods
  else cut = knee * math.max(0, 2 - periods) end
  if cut <= 0 then s.cut = '0' end
  return math.ceil(cut)
end

-- Leases given back ---------------------------------------------------------------------------
local paused = 0
for i = 28, #ARGV, 5 do
  local token, outcome = ARGV[i], ARGV[i + 1]
  local at = now - tonumber(ARGV[i + 2])
  local granted, retry_after = now - tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4])
  redis.call('ZREM', flight, token)
  if outcome == 'unsent' then
    redis.call('ZREM', slots, token)
    -- Only the latest grant: credit is capped, an older place can't be used without a burst.
    if s.last == token then
      s.arrival = exact(number('arrival') - number('last_interval'))
      s.last = false
    end
  elseif outcome == 'unknown' then
    redis.call('ZADD', slots, exact(at + cycle + grace), token)
  else
    redis.call('ZADD', slots, exact(at + cycle), token)
  end
  if outcome == 'rejected' then
    s.rejections = exact(number('rejections') + 1)
    local probing = s.probing == '1'
    if s.probe == token or (not probing and granted > number('began')) then
      local believed = limit - withheld_now()
      local isolated = not s['until'] or now - number('until') >= quiet * period
      s.streak = exact(number('streak') + 1)
      local pause
      if retry_after >= 0 then pause = math.min(retry_after, longest)
      else pause = chance * math.min(longest, period * first_pause * 2 ^ math.min(number('streak'), 30)) end
      s.began, s.probing, s.probe = exact(now), '1', false
      s['until'] = exact(now + pause)
      if number('streak') == 1 then
        local left = math.max(1, floor * limit, shrink * in_use(), half * believed)
        s.cut = tostring(limit - math.min(left, believed))
        s.isolated = isolated and '1' or '0'
      end
      s.cut_at = s['until']
      paused = math.max(paused, pause, 1)
    elseif probing and retry_after >= 0 then
      s['until'] = exact(math.max(number('until'), now + math.min(retry_after, longest)))
      s.cut_at = s['until']
    end
  elseif s.probe == token then
    s.probe = false
    if outcome == 'ok' then s.probing, s.streak = '0', '0' end
  end
end

-- The sliding window of window.py ----------------------------------------------------------------
-- A slot's score tells when its reply came: a cycle before. What is in flight, or was given up on,
-- has its reply ahead and counts as if it were counted when the new one goes.
-- Returns the worst estimate over all phases, and from when on it leaves room for one request more.
local function look(at)
  local replies, ahead = {}, 0  -- oldest first
  local entries = redis.call('ZRANGE', slots, 0, -1, 'WITHSCORES')
  for i = 2, #entries, 2 do
    local reply = tonumber(entries[i]) - cycle
    if reply < at then replies[#replies + 1] = reply else ahead = ahead + 1 end
  end
  local all, room = #replies, limit - 1 - ahead
  local i, j = 1, 1  -- the first reply in the current window, and the first in the one before
  while i <= all and replies[i] < at - cycle do i = i + 1 end
  while j <= all and replies[j] < at - 2 * cycle do j = j + 1 end
  -- What came in the current window counts whole, what came in the one before by the share of it that is
  -- within one cycle. So for each moment at which the current one may have begun the estimate falls evenly.
  -- It is largest where that moment is a reply, or a cycle after one.
  local most, opens = all - i + 1, room < 0 and at + 2 * horizon or at
  while j <= all do
    local began = math.min(replies[i] or math.huge, replies[j] + cycle)
    local inside, before = all - i + 1, i - j
    if began > opens and inside + before <= room then break end
    if began <= at then most = math.max(most, inside + before * (1 - (at - began) / cycle)) end
    if inside + before > room then
      local share = inside < room and (room - inside) / before or 0  -- of the one before, for which there is room
      opens = math.max(opens, math.floor(began + cycle * (1 - share)) + 1)
    end
    while i <= all and replies[i] <= began do i = i + 1 end
    while j <= all and replies[j] + cycle <= began do j = j + 1 end
  end
  return most + ahead, opens
end

-- `bound` is no less than the worst estimate over all phases from `bound_at` on: it only falls by
-- itself, so it is looked at again only where it would refuse.
local function opens(at)
  if s.bound_at and at >= number('bound_at') and number('bound') + 1 <= limit then return at end
  local most, from = look(at)
  s.bound, s.bound_at = string.format('%.3f', most + 0.001), exact(at)
  return from
end

-- While interactive calls wait, every tenth grant is bulk work's, over all processes. `row` is how many
-- more than that interactive calls have had. Whose bulk work has had a turn in this round lets others go first.
local bulk_turn = bulk_share - 1
local process = ' ' .. (wanted:match('^[^:]*') or '')
local function had_turn() return (s.row_by or ''):find(process, 1, true) end
local function is_bulk_turn() return number('row') >= (had_turn() and 2 * bulk_turn or bulk_turn) end
local function take_turn()
  s.row, s.row_by = exact(number('row') - bulk_turn), (had_turn() and '' or s.row_by or '') .. process
end

-- Slots that lie ahead are gone when an urgent call comes. So few of them are bulk work's, however many
-- processes there are; the others get a place in line, which is a time to ask again.
local most_ahead = 4
local function ahead() return redis.call('ZCOUNT', flight, '(' .. exact(now + lease), '+inf') end

-- The next slots -------------------------------------------------------------------------------
local withheld = withheld_now()
local used, out = in_use(), redis.call('ZCARD', flight)
local available = limit - withheld
local verdict, wait, reserved, turns, place = 0, 0, 0, '', 0
if wanted ~= '' then
  for i = 0, count - 1 do  -- of an earlier try whose answer was lost
    redis.call('ZREM', slots, wanted .. '.' .. i)
    redis.call('ZREM', flight, wanted .. '.' .. i)
  end
  used, out = in_use(), redis.call('ZCARD', flight)
  if interactive and number('urgent') <= now then
    s.row = exact(-bulk_turn * ahead())  -- what bulk work has reserved ahead are turns that it has had
  end
  -- Elsewhere bulk work has its own smaller burst; where interactive calls take all, it is its turn.
  local urgent = interactive or number('urgent') > now and is_bulk_turn()
  local tolerance = tolerances[urgent and 2 or 1]
  if s.stall then  -- no credit is earned while something else holds us back
    local since = number('stall')
    local missed = math.min(now - since, 2 * horizon)
    if missed > 0 then s.arrival = exact(math.max(number('arrival'), since) + missed) end
    s.stall = false
    if missed > 0 then s.last = false end
  end
  local again, at, paced, guarded = 0, now, now, false
  while verdict <= 1 and reserved < count do
    paced = math.max(now, number('arrival') - tolerance)
    at = paced
    if number('hold') > now then
      verdict, again = 3, number('hold') - now
    elseif not urgent and number('urgent') > now then
      verdict, again, guarded = 3, math.min(4 * interval, number('urgent') - now), true
    elseif s.probing == '1' and number('until') > now then
      verdict, again = 3, number('until') - now
    elseif s.probing == '1' and s.probe and redis.call('ZSCORE', flight, s.probe) then
      verdict, again = 2, 4 * interval
    elseif out >= cap then
      verdict, again = 2, 4 * interval
    elseif used >= available then
      local due = redis.call('ZRANGEBYSCORE', slots, '(' .. exact(now), '+inf', 'WITHSCORES', 'LIMIT', used - available, 1)
      if due[2] then at = math.max(at, tonumber(due[2])) else at = now + 2 * horizon end
    end
    local backed = at  -- by pace and ledger
    if verdict <= 1 and at <= now + horizon then
      at = opens(at)
      guarded = guarded or at > backed
    end
    if verdict <= 1 and at > now + horizon then verdict, again = 3, math.min(at - now, horizon) end
    if verdict <= 1 and not interactive and at > now then
      local line = math.max(number('line'), now)
      if ahead() >= most_ahead then
        place = line + interval
        s.line = exact(place)
      elseif line > now and not urgent then
        s.line = exact(math.max(line + interval, at))
      end
      if place > 0 then verdict, again, guarded = 3, place - now, true end
    end
    if reserved > 0 and (verdict > 1 or at > now) then
      verdict = 1  -- only the first may lie ahead
      break
    end
    if verdict <= 1 then
      if backed > paced then s.arrival = exact(math.max(number('arrival'), paced) + (backed - paced)) end
      local free, spacing = available - used - 1, interval
      if free > 0 and used > 0 and not interactive then
        -- What is left must last until more comes back, or an urgent call would find nothing.
        local first = redis.call('ZRANGEBYSCORE', slots, '(' .. exact(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
        spacing = math.max(interval, (math.min(tonumber(first[2]), at + cycle) - at) / free)
      end
      local token = wanted .. '.' .. reserved
      s.arrival = exact(math.max(number('arrival'), at) + spacing)
      s.last, s.last_interval = token, exact(spacing)
      redis.call('ZADD', slots, exact(at + cycle + lease), token)
      redis.call('ZADD', flight, exact(at + lease), token)
      used, out, reserved = used + 1, out + 1, reserved + 1
      s.bound = string.format('%.3f', number('bound') + 1)
      if urgent then
        if not interactive then
          take_turn()
        elseif beside_bulk and is_bulk_turn() then
          take_turn()
          turns = turns .. ' ' .. (reserved - 1)
        else
          s.row = exact(number('row') + 1)
        end
      end
      if s.probing == '1' then s.probe = token end
      verdict, wait = 1, at - now
      if not interactive and at > now and number('line') > now then place = number('line') end
      if wait > 0 then break end
    end
  end
  if verdict > 1 then
    -- The sliding window opens by degrees: what is earned while it refuses makes no burst.
    if again > 0 and not guarded and not (verdict == 3 and at > now + horizon and at == paced) then s.stall = exact(paced) end
    wait = again
  end
end

-- While interactive calls of any process wait, bulk work of all processes lets them pass. Where all asked for have
-- a slot, more may have come since: a page's first call asks alone.
if interactive and wanted ~= '' and (reserved < count or wait > 0) then
  local after = reserved < count and horizon / 4 or interval
  s.urgent = exact(math.max(number('urgent'), now + wait + after))
end

s.seen, s.count = exact(now), redis.call('ZCARD', slots)

local write, gone = {}, {}
for _, field in ipairs(fields) do
  if s[field] then
    write[#write + 1] = field
    write[#write + 1] = s[field]
  else
    gone[#gone + 1] = field
  end
end
redis.call('HSET', state, unpack(write))
if #gone > 0 then redis.call('HDEL', state, unpack(gone)) end
local keep = exact(2 * (cycle + lease + grace) / 1000)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, keep) end

return {s.epoch, verdict, exact(wait), exact(math.max(0, number('until') - now)),
        math.max(0, limit - withheld - used), out, number('rejections'), exact(paused),
        limit - withheld, exact(now), reserved, turns, exact(math.max(0, place - now))}
