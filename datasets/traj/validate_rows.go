package traj

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// rows compares what the steps of a shard, the only one of its set, say of their
// episodes with the episodes' headers: who reads the steps alone goes by it. The
// error is for what can't be read.
func (v *validator) rows(set *Set, headers []Header) error {
	t, release, err := set.tables.acquire(stepsPath(v.dir, set.shards[0].Name))
	if err != nil {
		return err
	}
	defer release()
	for _, column := range headerColumns() {
		switch column.name {
		case columnScenario, columnScenarioHash, columnSeed:
		default:
			continue
		}
		at := 0
		for group, size := range set.shards[0].Groups {
			if err := v.column(t, group, column, headers[at:at+size.Episodes]); err != nil {
				return err
			}
			at += size.Episodes
		}
	}
	return nil
}

// column compares one column of a row group, which must have as many rows as
// the episodes have steps. It reports the first step of an episode that differs.
func (v *validator) column(t *tableFile, group int, column headerColumn, headers []Header) error {
	c, err := t.column(column.name, column.node)
	if err != nil {
		return err
	}
	// step counts within the episode, of which want is the value.
	step, told := 0, false
	var want parquet.Value
	err = t.eachValue(group, c, func(found parquet.Value) error {
		if len(headers) == 0 {
			return errors.New("it has more rows than the episodes have steps")
		}
		h := &headers[0]
		if step == 0 {
			want, told = column.write(nil, nil, h)[0], false
		}
		if !told && !parquet.Equal(found, want) {
			told = true
			v.problem(t.path, false, "make the data set anew: this is how it was written",
				"episode %d: %s of step %d is %s, and the episode's is %s", h.ID, column.name, step, shown(found), shown(want))
		}
		if step++; step == h.Steps {
			headers, step = headers[1:], 0
		}
		return nil
	})
	if err == nil && len(headers) > 0 {
		err = t.damagedColumn(group, c, fmt.Errorf("it ends at step %d of episode %d", step, headers[0].ID))
	}
	return err
}

// shown prints a name, or a seed.
func shown(v parquet.Value) string {
	switch {
	case v.IsNull():
		return "none"
	case v.Kind() == parquet.ByteArray:
		return fmt.Sprintf("%q", v.ByteArray())
	}
	return fmt.Sprint(uint64(v.Int64()))
}
