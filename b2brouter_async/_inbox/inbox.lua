-- One step of an inbox. An item is a hash. Of each queue, those that wait or are worked on stand in `due`, by the moment
-- at which they may be taken: the next try, or the end of the lease. Those set aside stand in `dead`.
-- KEYS: what all names begin with, in braces, so that a cluster keeps them together. ARGV: the step and what it needs.
local base, step = KEYS[1], ARGV[1]
local prefix = base .. ':item:'
local function due(queue) return base .. ':due:' .. queue end
local function dead(queue) return base .. ':dead:' .. queue end
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000

if step == 'put' then
  local queue, key, body = ARGV[2], ARGV[3], ARGV[4]
  if redis.call('EXISTS', prefix .. key) == 1 then return 0 end
  redis.call('HSET', prefix .. key, 'queue', queue, 'body', body, 'arrived', string.format('%.6f', now), 'state', 'waiting',
    'tries', 0, 'owner', '', 'note', '')
  redis.call('ZADD', due(queue), string.format('%.6f', now), key)
  return 1
end

if step == 'take' then
  local queue, owner, most, lease = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
  local taken = {}
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', due(queue), '-inf', string.format('%.6f', now), 'LIMIT', 0, most)) do
    redis.call('HSET', prefix .. key, 'state', 'working', 'owner', owner)
    redis.call('HINCRBY', prefix .. key, 'tries', 1)
    redis.call('ZADD', due(queue), string.format('%.6f', now + lease), key)
    table.insert(taken, {key, redis.call('HMGET', prefix .. key, 'body', 'arrived', 'tries', 'note', 'problem')})
  end
  return taken
end

if step == 'dead' then
  local found = {}
  for _, key in ipairs(redis.call('ZRANGE', dead(ARGV[2]), 0, -1)) do
    table.insert(found, {key, redis.call('HMGET', prefix .. key, 'body', 'arrived', 'tries', 'note', 'problem')})
  end
  return found
end

if step == 'retry' then
  local queue, key = ARGV[2], ARGV[3]
  if redis.call('ZREM', dead(queue), key) == 0 then return 0 end
  redis.call('HSET', prefix .. key, 'state', 'waiting', 'tries', 0)
  redis.call('ZADD', due(queue), string.format('%.6f', now), key)
  return 1
end

if step == 'waiting' then return redis.call('ZCARD', due(ARGV[2])) end

if step == 'finished' then
  local held = redis.call('HMGET', prefix .. ARGV[3], 'state', 'queue')
  return (held[1] == 'done' and held[2] == ARGV[2]) and 1 or 0
end

-- What is left is for the owner alone.
local key, owner = ARGV[2], ARGV[3]
local held = redis.call('HMGET', prefix .. key, 'state', 'owner', 'queue')
if held[1] ~= 'working' or held[2] ~= owner then return 0 end
local queue = held[3]
if step == 'renew' then
  redis.call('ZADD', due(queue), string.format('%.6f', now + tonumber(ARGV[4])), key)
elseif step == 'note' then
  redis.call('HSET', prefix .. key, 'note', ARGV[4])
elseif step == 'done' then
  redis.call('ZREM', due(queue), key)
  redis.call('HSET', prefix .. key, 'state', 'done', 'owner', '')
  redis.call('HDEL', prefix .. key, 'body')
  redis.call('EXPIRE', prefix .. key, ARGV[4])
elseif step == 'again' then
  redis.call('HSET', prefix .. key, 'state', 'waiting', 'owner', '', 'problem', ARGV[5])
  if ARGV[6] == '1' then redis.call('HINCRBY', prefix .. key, 'tries', -1) end
  redis.call('ZADD', due(queue), string.format('%.6f', now + tonumber(ARGV[4])), key)
elseif step == 'give_back' then
  redis.call('HSET', prefix .. key, 'state', 'waiting', 'owner', '')
  redis.call('HINCRBY', prefix .. key, 'tries', -1)
  redis.call('ZADD', due(queue), string.format('%.6f', now), key)
elseif step == 'bury' then
  redis.call('ZREM', due(queue), key)
  redis.call('ZADD', dead(queue), string.format('%.6f', now), key)
  redis.call('HSET', prefix .. key, 'state', 'dead', 'owner', '', 'problem', ARGV[4])
end
return 1
