-- A token bucket as the time at which it is full again (GCRA); all times in microseconds.
-- KEYS: the bucket. ARGV: time to gain one token, capacity.
-- Returns the tokens left and 0, or -1 and the time until there is one.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval = tonumber(ARGV[1])
local whole = interval * ARGV[2]

local full_at = math.max(tonumber(redis.call('GET', KEYS[1])) or now, now) + interval
local wait = full_at - now - whole
if wait > 0 then
  return {-1, wait}
end
redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
return {math.floor(-wait / interval), 0}
