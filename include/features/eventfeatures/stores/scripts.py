"""What Redis does at once: a script runs alone, and the append-only file has all of its writes or none."""

# KEYS: the positions, the notes, then a state each. ARGV: numbers of states and of positions, then five for each state
# (content, newest, events, before, keep_ms), three for each position (input, value, where the batch began or nothing),
# then name and content of each note. Answers 0, or the place of the first state that was changed, or minus the place
# of the first input that was read further.
WRITE = """
local states, positions = tonumber(ARGV[1]), tonumber(ARGV[2])
local inputs = 5 * states + 3
local rest = inputs + 3 * positions
for i = 1, positions do
  local at = inputs + 3 * (i - 1)
  local there = ARGV[at + 2] ~= '' and redis.call('HGET', KEYS[1], ARGV[at])
  if there and tonumber(there) > tonumber(ARGV[at + 2]) then return -i end
end
for i = 1, states do
  local there = redis.call('HGET', KEYS[i + 2], 'e') or '0'
  if there ~= ARGV[5 * i + 1] then return i end
end
for i = 1, states do
  local at, key = 5 * i - 2, KEYS[i + 2]
  redis.call('HSET', key, 'c', ARGV[at], 'n', ARGV[at + 1], 'e', ARGV[at + 2])
  redis.call('PEXPIRE', key, ARGV[at + 4])
end
for i = inputs, rest - 1, 3 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
for i = rest, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
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
