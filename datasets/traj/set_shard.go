package traj

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// openShard takes down a shard's row groups, and checks that its two files have
// the columns that their footers declare, and agree.
func (s *Set) openShard(name string) (*Info, error) {
	steps, release, err := s.tables.acquire(stepsPath(s.dir, name))
	if err != nil {
		return nil, err
	}
	defer release()
	episodes, release, err := s.tables.acquire(episodesPath(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		err = &DamageError{Path: stepsPath(s.dir, name), Err: fmt.Errorf("%s is missing", episodesPath(s.dir, name))}
	}
	if err != nil {
		return nil, err
	}
	defer release()
	info, err := steps.info()
	if err != nil {
		return nil, err
	}
	schema, err := info.Schema()
	if err != nil {
		return nil, damaged(steps.path, "footer", err)
	}
	if err := steps.mustHave(stepTable(schema)); err != nil {
		return nil, err
	}
	if err := episodes.mustHave(episodeTable(schema)); err != nil {
		return nil, err
	}
	if steps.infoText() != episodes.infoText() {
		return nil, damaged(steps.path, "footer", fmt.Errorf("%s describes another shard", episodes.path))
	}
	shard, err := readShard(name, schema, steps, episodes)
	if err != nil {
		return nil, err
	}
	if n := info.Statistics; n.Steps != shard.Steps || n.Episodes != shard.Episodes {
		return nil, damaged(steps.path, "footer", fmt.Errorf("it says %d episodes of %d steps, and there are %d of %d", n.Episodes, n.Steps, shard.Episodes, shard.Steps))
	}
	s.shards = append(s.shards, shard)
	return info, nil
}

// readShard counts what the files of a shard have.
func readShard(name string, schema *Schema, steps, episodes *tableFile) (Shard, error) {
	shard := Shard{ShardInfo: ShardInfo{Name: name, Split: splitOf(name)}}
	rows, lists := steps.groups(), episodes.groups()
	if len(rows) != len(lists) {
		return shard, damaged(steps.path, "", fmt.Errorf("it has %d row groups, and %s has %d", len(rows), episodes.path, len(lists)))
	}
	policies := map[string]bool{}
	add := func(name string) { policies[name] = true }
	for i := range rows {
		shard.Groups = append(shard.Groups, Group{Rows: rows[i], Episodes: lists[i]})
		shard.bytes = append(shard.bytes, steps.fieldBytes(i, schema))
		shard.Steps += rows[i]
		shard.Episodes += lists[i]
		if err := steps.names(i, FieldPolicy, nameNode(), add); err != nil {
			return shard, err
		}
		if err := episodes.names(i, columnPolicies, parquet.List(nameNode()), add); err != nil {
			return shard, err
		}
	}
	shard.Policies = slices.Sorted(maps.Keys(policies))
	return shard, nil
}

// fieldBytes returns how many bytes each field of a row group takes in a Frame:
// at most, where lists differ in length, since the footer counts empty ones as
// one element.
func (t *tableFile) fieldBytes(group int, schema *Schema) []int {
	g := t.parquet.RowGroups()[group]
	bytes := make([]int, len(schema.Fields))
	for i := range schema.Fields {
		f, rows := &schema.Fields[i], int(g.NumRows())
		if f.Leaf.Ragged {
			bytes[i] = 8 * (rows + 1)
			rows = int(g.ColumnChunks()[t.columns[f.Columns()[0].Name].Index()].NumValues())
		}
		bytes[i] += rows * f.Leaf.RowBytes()
	}
	return bytes
}
