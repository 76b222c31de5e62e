-- One call of a process: give leases back, and reserve the next slot if one is wanted.
-- Times are microseconds of this server's clock, so that all processes agree on them.
--
-- KEYS 1 slots   sorted set: token -> when it comes back
--      2 flight  sorted set: token of a request that is out -> when its lease ends
--      3 state   hash: pacing, pause after a 429, trust
-- ARGV 1 limit  2 cycle  3 interval  4 tolerance  5 lease  6 grace  7 in-flight cap
--      8 longest pause  9 period  10 horizon  11 to 14 the constants of cooldown.py
--      15 a random number in [0, 1)
--      16 epoch of the state known to the caller, or ''  17 '1' if it sent without us meanwhile
--      18 token wanted, or ''  19 latest time that can be by the caller's own clock, or ''
--      then five per lease given back: token, outcome, age of the reply, age of the grant,
--      Retry-After or -1
-- Returns epoch, verdict, wait, paused for, free, in flight, rejections, longest new pause,
-- requests per period believed to be ours, time.
-- Verdict: 0 nothing wanted, 1 reserved, 2 ask again after `wait` or after a release, 3 after `wait`.

local limit, cycle = tonumber(ARGV[1]), tonumber(ARGV[2])
local interval, tolerance = tonumber(ARGV[3]), tonumber(ARGV[4])
local lease, grace, cap = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local longest, period, horizon = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local shrink, floor = tonumber(ARGV[11]), tonumber(ARGV[12])
local slow_growth, first_pause = tonumber(ARGV[13]), tonumber(ARGV[14])
local chance, known, unreported, wanted = tonumber(ARGV[15]), ARGV[16], ARGV[17], ARGV[18]
local latest = tonumber(ARGV[19])
local slots, flight, state = KEYS[1], KEYS[2], KEYS[3]

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- A number of microseconds has sixteen digits: Lua's own formatting would round it.
local function exact(number) return string.format('%.0f', number) end

local fields = {'epoch', 'server', 'seen', 'count', 'arrival', 'last', 'last_interval', 'stall', 'hold', 'until', 'began',
                'probing', 'probe', 'streak', 'cut', 'cut_at', 'rejections'}
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
    s.arrival, s.stall, s.last, s.hold = exact(now), false, false, false
    s['until'] = exact(math.min(number('until'), now + longest))
    s.began, s.cut_at = exact(math.min(number('began'), now)), exact(math.min(number('cut_at'), now))
  end
end
if server ~= '' then s.server = server end
if lost or not s.epoch then s.epoch = exact(now) end
if lost then s.hold = exact(math.max(number('hold'), now + cycle)) end

redis.call('ZREMRANGEBYSCORE', flight, '-inf', exact(now))
redis.call('ZREMRANGEBYSCORE', slots, '-inf', exact(now))

-- Leases given back ---------------------------------------------------------------------------
local paused = 0
for i = 20, #ARGV, 5 do
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
    if granted > number('began') and (not probing or s.probe == token) then
      s.streak = exact(number('streak') + 1)
      local pause
      if retry_after >= 0 then pause = math.min(retry_after, longest)
      else pause = chance * math.min(longest, period * first_pause * 2 ^ math.min(number('streak'), 30)) end
      s.began, s.probing, s.probe = exact(now), '1', false
      s['until'] = exact(now + pause)
      if number('streak') == 1 then
        local in_use = redis.call('ZCARD', slots)
        s.cut = tostring(limit - math.min(limit, math.max(1, floor * limit, shrink * in_use)))
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

-- Trust after a 429: slowly for one period, straight back to the limit in the next --------------
local withheld = 0
if number('cut') > 0 then
  local periods = math.max(0, now - number('cut_at')) / period
  local cut, knee = number('cut'), math.max(0, number('cut') - slow_growth * limit)
  if periods < 1 then withheld = cut - (cut - knee) * periods
  else withheld = knee * math.max(0, 2 - periods) end
  if withheld <= 0 and periods >= 1 then s.cut = '0' end
  withheld = math.ceil(withheld)
end

-- The next slot ------------------------------------------------------------------------------
local used, out = redis.call('ZCARD', slots), redis.call('ZCARD', flight)
local verdict, wait = 0, 0
if wanted ~= '' then
  local available = limit - withheld
  if s.stall then  -- no credit is earned while something else holds us back
    local since = number('stall')
    local lost = math.min(now - since, 2 * horizon)
    if lost > 0 then s.arrival = exact(math.max(number('arrival'), since) + lost) end
    s.stall = false
    if lost > 0 then s.last = false end
  end
  local paced = math.max(now, number('arrival') - tolerance)
  local at, again = paced, 0
  if number('hold') > now then
    verdict, again = 3, number('hold') - now
  elseif s.probing == '1' and number('until') > now then
    verdict, again = 3, number('until') - now
  elseif s.probing == '1' and s.probe and redis.call('ZSCORE', flight, s.probe) then
    verdict, again = 2, 4 * interval
  elseif out >= cap then
    verdict, again = 2, 4 * interval
  elseif used >= available then
    local due = redis.call('ZRANGE', slots, used - available, used - available, 'WITHSCORES')
    if due[2] then at = math.max(at, tonumber(due[2])) else at = now + 2 * horizon end
  end
  if verdict == 0 and at > now + horizon then
    verdict, again = 3, math.min(at - now, horizon)
  end
  if verdict == 0 then
    if at > paced then s.arrival = exact(math.max(number('arrival'), paced) + (at - paced)) end
    local free = available - used - 1
    if free > 0 and used > 0 then
      -- What is left must last until more comes back, or an urgent call would find nothing.
      local first = redis.call('ZRANGE', slots, 0, 0, 'WITHSCORES')
      interval = math.max(interval, (math.min(tonumber(first[2]), at + cycle) - at) / free)
    end
    s.arrival = exact(math.max(number('arrival'), at) + interval)
    s.last, s.last_interval = wanted, exact(interval)
    redis.call('ZADD', slots, exact(at + cycle + lease), wanted)
    redis.call('ZADD', flight, exact(at + lease), wanted)
    used, out = used + 1, out + 1
    if s.probing == '1' then s.probe = wanted end
    verdict, wait = 1, at - now
  else
    if again > 0 and not (verdict == 3 and at > now + horizon and at == paced) then s.stall = exact(paced) end
    wait = again
  end
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
        limit - withheld, exact(now)}
