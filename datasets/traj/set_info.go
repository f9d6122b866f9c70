package traj

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// describe returns meta/info.json where it tells of the shards there are, and
// else what their footers say together: a writer that was killed may have left
// the one without the other.
func (s *Set) describe(footers []*Info) (*Info, error) {
	info, err := readInfo(s.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(footers) == 0:
		return nil, fmt.Errorf("%s holds no data set: neither %s nor shards are there", s.dir, infoPath(s.dir))
	case err != nil && len(footers) == 0:
		return nil, err
	case err == nil && s.listedIn(info):
		for i := range s.shards {
			s.shards[i].ShardInfo = info.Shards[i]
		}
		return info, nil
	case len(footers) == 0:
		return nil, fmt.Errorf("%s lists shards, and none is there: bring them back from a copy, or run \"trailblazer data validate --repair %s\"",
			infoPath(s.dir), s.dir)
	}
	parts := make([]part, len(footers))
	for i := range s.shards {
		shard := &s.shards[i]
		stat, err := os.Stat(stepsPath(s.dir, shard.Name))
		if err != nil {
			return nil, err
		}
		shard.Bytes = stat.Size()
		parts[i] = part{shard.ShardInfo, footers[i]}
	}
	return describe(nil, parts)
}

// listedIn reports whether info lists the shards that were found.
func (s *Set) listedIn(info *Info) bool {
	return slices.EqualFunc(s.shards, info.Shards, func(found Shard, listed ShardInfo) bool {
		return found.Name == listed.Name && found.Episodes == listed.Episodes && found.Steps == listed.Steps
	})
}
