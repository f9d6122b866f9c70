package traj

import (
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// Headers lists all episodes in the order of the shards. They are read once;
// do not change them.
func (s *Set) Headers() ([]Header, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.headers != nil {
		return s.headers, nil
	}
	total := 0
	for i := range s.shards {
		total += s.shards[i].Episodes
	}
	headers := make([]Header, 0, total)
	names := interner{}
	for i := range s.shards {
		var err error
		if headers, err = s.shardHeaders(i, headers, names); err != nil {
			return nil, err
		}
	}
	s.headers = headers
	return headers, nil
}

// interner keeps one copy of each name.
type interner map[string]string

func (n interner) name(text []byte) string {
	if known, ok := n[string(text)]; ok {
		return known
	}
	n[string(text)] = string(text)
	return n[string(text)]
}

// shardHeaders appends the headers of a shard.
func (s *Set) shardHeaders(shard int, headers []Header, names interner) ([]Header, error) {
	t, release, err := s.tables.acquire(episodesPath(s.dir, s.shards[shard].Name))
	if err != nil {
		return nil, err
	}
	defer release()
	for g, group := range s.shards[shard].Groups {
		at := len(headers)
		headers = slices.Grow(headers, group.Episodes)[:at+group.Episodes]
		own := headers[at:]
		clear(own)
		if err := t.readHeaders(g, own, names); err != nil {
			return nil, err
		}
		row := 0
		for i := range own {
			h := &own[i]
			if h.Group != g || h.Row != row || h.Steps < 1 || h.Steps > group.Rows-row {
				return nil, damaged(t.path, fmt.Sprintf("row group %d, row %d", g, i),
					fmt.Errorf("episode %d is said to have %d steps from row %d of row group %d on, where row %d is next of %d", h.ID, h.Steps, h.Row, h.Group, row, group.Rows))
			}
			row += h.Steps
			h.Shard, h.Split = shard, s.shards[shard].Split
		}
		if row != group.Rows {
			return nil, damaged(t.path, fmt.Sprintf("row group %d", g), fmt.Errorf("its episodes have %d steps, and the row group has %d", row, group.Rows))
		}
	}
	return headers, nil
}

// readHeaders fills the headers of a row group of episodes.
func (t *tableFile) readHeaders(group int, headers []Header, names interner) error {
	for _, column := range headerColumns() {
		if column.read == nil {
			continue
		}
		c, err := t.column(column.name, column.node)
		if err != nil {
			return err
		}
		row := 0
		err = t.eachValue(group, c, func(v parquet.Value) error {
			if row == len(headers) {
				return fmt.Errorf("it has more than %d rows", row)
			}
			column.read(&headers[row], v, names)
			row++
			return nil
		})
		if err == nil && row < len(headers) {
			err = t.damagedColumn(group, c, fmt.Errorf("it has %d rows of the %d", row, len(headers)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// eachValue calls do with each value of a column, which is valid during the
// call.
func (t *tableFile) eachValue(group int, c *parquet.Column, do func(parquet.Value) error) error {
	block := make([]parquet.Value, 256)
	return t.eachPage(group, c, func(page parquet.Page) error {
		values := page.Values()
		for left := page.NumValues(); left > 0; {
			n, err := values.ReadValues(block)
			for _, v := range block[:n] {
				if err := do(v); err != nil {
					return err
				}
			}
			left -= int64(n)
			if n == 0 && left > 0 {
				return fmt.Errorf("a page lacks %d values: %w", left, err)
			}
		}
		return nil
	})
}
