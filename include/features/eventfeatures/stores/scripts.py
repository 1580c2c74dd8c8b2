"""What Redis does at once: a script runs alone, and the append-only file has all of its writes or none."""

# KEYS: the positions, then a state each. ARGV: their number, then five for each state (content, newest, events, before,
# keep_ms), then name and value of each position. Answers 0, or the place of the first state that was changed.
WRITE = """
local states = tonumber(ARGV[1])
for i = 1, states do
  local there = redis.call('HGET', KEYS[i + 1], 'e') or '0'
  if there ~= ARGV[5 * i] then return i end
end
for i = 1, states do
  local at, key = 5 * i - 3, KEYS[i + 1]
  redis.call('HSET', key, 'c', ARGV[at], 'n', ARGV[at + 1], 'e', ARGV[at + 2])
  redis.call('PEXPIRE', key, ARGV[at + 4])
end
for i = 5 * states + 2, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
return 0
"""

# KEYS: a state each. ARGV: four for each (content, newest, events, keep_ms). Answers how many were kept.
SEED = """
local kept = 0
for i = 1, #KEYS do
  local at = 4 * i - 3
  local there = redis.call('HGET', KEYS[i], 'n')
  if not there or tonumber(ARGV[at + 1]) > tonumber(there) then
    redis.call('HSET', KEYS[i], 'c', ARGV[at], 'n', ARGV[at + 1], 'e', ARGV[at + 2])
    redis.call('PEXPIRE', KEYS[i], ARGV[at + 3])
    kept = kept + 1
  end
end
return kept
"""

# KEYS: a row each. ARGV: as_of, keep_ms or 0, then the content of each. Answers how many were kept.
PUBLISH = """
local kept = 0
for i = 1, #KEYS do
  local there = redis.call('HGET', KEYS[i], 'a')
  if not there or tonumber(ARGV[1]) >= tonumber(there) then
    redis.call('HSET', KEYS[i], 'c', ARGV[i + 2], 'a', ARGV[1])
    if ARGV[2] == '0' then redis.call('PERSIST', KEYS[i]) else redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
    kept = kept + 1
  end
end
return kept
"""
